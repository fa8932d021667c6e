"""Tampering with what is stored: every byte, every row, and whole journals made anew."""
