"""incident: a paper emergency plan made executable, checked before it is needed, provable afterwards."""

__version__ = "0.1.0"
