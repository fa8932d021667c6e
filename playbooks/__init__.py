"""The shipped playbooks: data only, one YAML file a jurisdiction, `base/` for what they share."""
