"""Who is behind a load balancer: the header that balancers put before a connection (PROXY protocol, version 2).

mitmproxy does not read it. It is believed from the balancers' own addresses alone, and demanded from them, so that
nobody can claim to be somebody else. From anybody else it is no HTTP and is refused like all that is none.

Source: "The PROXY protocol", HAProxy Technologies, section 2.2.
"""

import asyncio
import ipaddress
import struct
from typing import Final

SIGNATURE: Final = b"\r\n\r\n\x00\r\nQUIT\n"
HEAD: Final = struct.Struct("!12sBBH")
LONGEST: Final = 4096
"""Addresses and all extras of one header; HAProxy sends 12 to 100 bytes."""
SECONDS: Final = 5.0
"""A balancer sends the header with the connection's first packet."""

VERSION: Final = 0x20
LOCAL, PROXIED = 0, 1
TCP4, TCP6 = 0x11, 0x21
ADDRESSES: Final = {TCP4: struct.Struct("!4s4sHH"), TCP6: struct.Struct("!16s16sHH")}


class HeaderError(Exception):
    """What came from a balancer does not begin with a header that can be read."""


async def read_client(reader: asyncio.StreamReader) -> tuple[str, int] | None:
    """The client's address and port; None where the balancer speaks for itself. HeaderError for anything else."""
    try:
        async with asyncio.timeout(SECONDS):
            signature, kind, family, length = HEAD.unpack(await reader.readexactly(HEAD.size))
            if signature != SIGNATURE or kind & 0xF0 != VERSION or length > LONGEST:
                raise HeaderError
            rest = await reader.readexactly(length)
    except (TimeoutError, OSError, asyncio.IncompleteReadError):
        raise HeaderError from None
    if kind & 0x0F == LOCAL:
        return None
    form = ADDRESSES.get(family)
    if kind & 0x0F != PROXIED or form is None or length < form.size:
        raise HeaderError
    source, _, port, _ = form.unpack_from(rest)
    address = ipaddress.ip_address(source)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address), port
