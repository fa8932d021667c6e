"""Evidence kits: written from a record, read back, and verified by whoever trusts nobody."""
