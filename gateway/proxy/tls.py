"""TLS towards clients with the gateway's own authority, and towards destinations with full verification."""

from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import override

from mitmproxy import certs
from mitmproxy.addons.tlsconfig import TlsConfig


class GatewayTls(TlsConfig):
    """mitmproxy's TLS, reading the authority that `gateway.enrol.certificates` made instead of making its own."""

    name = "tlsconfig"

    def __init__(self, authority: Path) -> None:
        super().__init__()
        self.authority = authority

    @override
    def configure(self, updated: AbstractSet[str]) -> None:
        if "confdir" in updated:  # mitmproxy's first configuration names every option
            folder = self.authority.parent
            self.certstore = certs.CertStore.from_files(self.authority, folder / "dhparam.pem")
        super().configure(set(updated) - {"certs", "confdir", "key_size", "cert_passphrase"})  # type: ignore[no-untyped-call]  # untyped upstream

    @override
    def request(self, flow: object) -> None:
        """Unlike mitmproxy, which answers certificate revocation requests here, do nothing: the gateway publishes none."""
