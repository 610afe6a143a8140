"""What one user's machine needs in order to be behind the gateway: its authority and its proxy settings."""

from gateway.enrol.certificates import Authority, open_authority
from gateway.enrol.pac import INTERNAL, pac_file
from gateway.enrol.profiles import apple_profile, chrome_policies, firefox_policies, registry_file

__all__ = [
    "INTERNAL",
    "Authority",
    "apple_profile",
    "chrome_policies",
    "firefox_policies",
    "open_authority",
    "pac_file",
    "registry_file",
]
