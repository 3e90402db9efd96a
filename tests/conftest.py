"""What holds for all tests."""

from hypothesis import HealthCheck, settings

# A busy machine is no failure. (With CI=true Hypothesis draws the same examples each time by itself.)
settings.register_profile("busy", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")
