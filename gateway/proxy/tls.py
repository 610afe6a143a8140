"""TLS towards clients with the gateway's own authority, and towards destinations with full verification."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import override

from mitmproxy import certs
from mitmproxy.addons.tlsconfig import TlsConfig
from mitmproxy.proxy.layers import modes
from mitmproxy.proxy.layers.http import HttpStream
from mitmproxy.tls import TlsData
from OpenSSL import SSL

SESSION = b"leadglass"


class GatewayTls(TlsConfig):
    """mitmproxy's TLS, reading the authority that `gateway.enrol.certificates` made instead of making its own."""

    name = "tlsconfig"

    def __init__(self, authority: Path, wants_certificates: Callable[[], bool] = lambda: False) -> None:
        super().__init__()
        self.authority = authority
        self.wants_certificates = wants_certificates

    @override
    def configure(self, updated: AbstractSet[str]) -> None:
        if "confdir" in updated:  # mitmproxy's first configuration names every option
            with TemporaryDirectory() as folder:  # the library wants its public parameters in a file
                self.certstore = certs.CertStore.from_files(self.authority, Path(folder) / "dhparam.pem")
        super().configure(set(updated) - {"certs", "confdir", "key_size", "cert_passphrase"})  # type: ignore[no-untyped-call]  # untyped upstream

    @override
    def tls_start_client(self, tls_start: TlsData) -> None:
        """On the proxy's own TLS, speak HTTP/1.1 and ask for the client's certificate where the people file takes them.

        Over HTTP/2 several people could share one connection, which is remembered as one person's. The handshake
        proves that the client holds its key; who issued the certificate is judged later (`people.certificates`), so
        that one of no use makes a stranger and not a broken connection.
        """
        super().tls_start_client(tls_start)
        known, connection = tls_start.context.layers, tls_start.ssl_conn
        if connection is None or any(isinstance(layer, HttpStream) for layer in known):
            return  # inside a tunnel
        if isinstance(known[0], modes.HttpProxy):
            connection.get_app_data()["client_alpn"] = b"http/1.1"
        if self.wants_certificates():
            # A resumed session with a certificate needs a name, or it is an error. The library has no door for this on
            # a context that was used; the next connection takes it over, and the first has nothing to resume.
            asking = connection.get_context()._context  # noqa: SLF001 - see above
            SSL._lib.SSL_CTX_set_session_id_context(asking, SESSION, len(SESSION))  # type: ignore[attr-defined]  # noqa: SLF001 - see above
            connection.set_verify(SSL.VERIFY_PEER, _look_later)

    @override
    def request(self, flow: object) -> None:
        """Unlike mitmproxy, which answers certificate revocation requests here, do nothing: the gateway publishes none."""


def _look_later(*_: object) -> bool:
    return True
