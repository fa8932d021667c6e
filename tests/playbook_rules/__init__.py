"""Examples of every rule of a playbook, and tests of the algorithms under them."""
