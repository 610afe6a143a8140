"""How often one machine may be wrong before it has to wait."""

from collections import OrderedDict
from ipaddress import ip_address, ip_network
from typing import Final

from gateway.people.schema import AttemptsSpec

ADDRESSES: Final = 10_000
"""Machines that are remembered; the one not heard of for longest is forgotten first."""


class Attempts:
    """Counts wrong answers by address; an IPv6 machine can take any address of its /64, so that is what is counted."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def charge(self, address: str, allowed: AttemptsSpec, now: float) -> bool:
        """Count one attempt before it is looked at; False where this machine has to wait."""
        place = _machine(address)
        began, count = self._counts.get(place, (now, 0))
        if now - began > allowed.seconds:
            began, count = now, 0
        if count >= allowed.wrong:
            return False
        self._counts[place] = began, count + 1
        self._counts.move_to_end(place)
        if len(self._counts) > ADDRESSES:
            self._counts.popitem(last=False)
        return True

    def refund(self, address: str) -> None:
        """The attempt was right, or nobody could tell."""
        place = _machine(address)
        began, count = self._counts.get(place, (0.0, 0))
        if count > 1:
            self._counts[place] = began, count - 1
        else:
            self._counts.pop(place, None)


def _machine(address: str) -> str:
    found = ip_address(address.partition("%")[0])
    return str(ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
