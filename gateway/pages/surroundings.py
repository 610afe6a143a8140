"""What the pages need to know of the gateway around them."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from gateway.audit import Reader
from gateway.enrol import PAGES_HOST
from gateway.exemptions import Office
from gateway.gatekeeper import Examiner
from gateway.pages.visitor import Visitor
from gateway.policy import RuleSet

type OpenReaders = Callable[[], AbstractContextManager[Sequence[Reader]]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything the pages are allowed to reach."""

    rules: Callable[[], RuleSet]
    office: Office
    examiner: Examiner
    readers: OpenReaders
    authority: Path
    """The certificate that clients have to trust."""
    key: bytes = field(repr=False)
    """Keys the tokens in forms."""
    asks: bool = False
    """Whether the gateway asks people who they are."""
    language: str = "en"
    proxy: str = ""
    """`host:port` of the proxy for everybody; empty: the address that a client came to."""
    proxy_tls: bool = False

    def proxy_of(self, visitor: Visitor) -> str:
        """Where this visitor reaches the proxy: a personal address is theirs alone, else the one that is set, else where they came in."""
        return visitor.proxy if visitor.personal else self.proxy or visitor.proxy

    def tls_of(self, visitor: Visitor) -> bool:
        """Whether the proxy speaks TLS there."""
        return self.proxy_tls or visitor.personal

    def pac_of(self, visitor: Visitor) -> str:
        """Where a machine without a proxy finds the proxy file."""
        scheme = "https" if visitor.personal else "http"
        return f"{scheme}://{self.proxy_of(visitor) if visitor.direct else PAGES_HOST}/proxy.pac"
