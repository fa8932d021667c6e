"""Laws are tried on a busy machine too: no example fails for being slow, for nothing here asks the time."""

from hypothesis import HealthCheck, settings

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
