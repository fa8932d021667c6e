"""YAML ↔ playbook. The only importer of a YAML parser."""
