"""mitmproxy's dependencies warn at import; what they say then is not about us."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import mitmproxy.addons  # noqa: F401
