"""One Hypothesis profile for everybody: the same examples on every machine and every run."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "leadglass",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("leadglass")
