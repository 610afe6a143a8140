"""The head of a request, read once and strictly.

Headers that two parsers could read differently are refused at inspected destinations. mitmproxy refuses the classic
smuggling pairs by itself; these are the ones it lets through: obsolete folding, duplicates, control bytes, transfer
codings other than `chunked`, unknown upgrades.
"""

from dataclasses import dataclass

from gateway.model import Headers

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Others are not used by any AI service; `PRI` opens HTTP/2 without TLS having agreed to it."""

ONCE = frozenset(
    {
        b"host", b"content-type", b"content-encoding", b"content-length", b"transfer-encoding", b"content-range",
        b"content-disposition", b"authorization", b"upgrade",
    }
)  # fmt: skip

FOR_THE_PROXY = frozenset({b"proxy-authorization", b"proxy-connection", b"leadglass-authorization"})

_CONTROL = bytes([*range(9), *range(10, 32), 127])
_TOKEN_BREAKERS = bytes(
    [*range(33), 58, 127, *range(128, 256)]
)  # RFC 9110, section 5.6.2, as far as it matters here


@dataclass(frozen=True, slots=True)
class Head:
    """What the proxy needs to know of the headers of one request."""

    hosts: tuple[bytes, ...]
    for_the_proxy: bool  # whether there are headers meant for the proxy alone
    pieces: bool  # whether the request may be one piece of a larger upload
    fault: str  # a reason code, or empty where the headers are sound


def line_fault(method: str, path: str, *, trailers: bool) -> str:
    """A reason code where the first line of a request, or what follows its body, is not that of an upload; else empty.

    A path that is a whole address names a second destination. Trailers are lost towards HTTP/1.1.
    """
    sound = method in METHODS and path.startswith(("/", "*")) and not trailers
    return "" if sound else "header-refused"


def read_head(headers: Headers, limit: int) -> Head:
    """Read all headers; `limit` is the most bytes that names and values may take together."""
    fault = ""
    hosts: list[bytes] = []
    once: list[bytes] = []
    for_the_proxy = pieces = False
    size = 0
    for name, value in headers:
        size += len(name) + len(value) + 4
        lower = name.lower()
        unclean = len(name.translate(None, _TOKEN_BREAKERS)) != len(name) or len(
            value.translate(None, _CONTROL)
        ) != len(value)
        if unclean or not name:
            fault = "header-refused"
        if lower in ONCE:
            once.append(lower)
            if lower == b"host":
                hosts.append(value)
            elif lower == b"transfer-encoding" and value.strip().lower() != b"chunked":
                fault = "header-refused"
            elif lower == b"upgrade" and value.strip().lower() != b"websocket":
                fault = "upgrade-refused"
            elif lower == b"content-range":
                pieces = True
        elif lower in FOR_THE_PROXY:
            for_the_proxy = True
        elif lower == b"x-goog-upload-command":
            pieces = True
    if size > limit:
        fault = "over-limit"
    elif len(set(once)) != len(once):
        fault = "header-refused"
    return Head(tuple(hosts), for_the_proxy, pieces, fault)
