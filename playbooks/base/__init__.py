"""Shared bases that playbooks extend."""
