"""One Hypothesis profile for everybody, and mitmproxy imported once without its dependencies' warnings."""

import warnings

from hypothesis import HealthCheck, settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what they say at import is not about us
    import mitmproxy.addons  # noqa: F401

settings.register_profile(
    "leadglass",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("leadglass")
