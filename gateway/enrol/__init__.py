"""What one user's machine needs in order to be behind the gateway: its authority and its proxy settings."""

from gateway.enrol.certificates import Authority, create_authority, open_authority, open_given_authority
from gateway.enrol.pac import PAGES_HOST, pac_file

__all__ = [
    "PAGES_HOST",
    "Authority",
    "create_authority",
    "open_authority",
    "open_given_authority",
    "pac_file",
]
