"""Signatures: Ed25519 by a library, and the files that hold keys. The one place that knows a private key."""
