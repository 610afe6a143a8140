"""What one user's machine needs in order to be behind the gateway: its authority and its proxy settings."""

from gateway.enrol.certificates import Authority, open_authority
from gateway.enrol.pac import pac_file

__all__ = ["Authority", "open_authority", "pac_file"]
