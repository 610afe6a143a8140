"""Requests without a body are pages and assets: one decision for all of a connection, counted at its end."""

from dataclasses import dataclass, field

from gateway.gatekeeper import Gatekeeper, Ruling
from gateway.model import Destination, Forward, Sender, Transfer


@dataclass(slots=True)
class Connection:
    """What is remembered of one client connection."""

    rulings: dict[tuple[str, Destination, Sender], Ruling] = field(
        default_factory=dict
    )  # rules, destination and sender: the one decision on bodyless requests
    requests: int = 0


@dataclass(slots=True)
class Browsing:
    """The standing decisions of all open connections."""

    gatekeeper: Gatekeeper
    _connections: dict[str, Connection] = field(default_factory=dict)

    def begin(self, client: str) -> None:
        """A client has connected."""
        self._connections[client] = Connection()

    def end(self, client: str) -> None:
        """Close the account of a connection."""
        known = self._connections.pop(client, None)
        for ruling in known.rulings.values() if known else ():
            self.gatekeeper.close(ruling, "delivered", requests=known.requests if known else 0)

    def has(self, client: str, ruling: Ruling) -> bool:
        """Whether a decision stands for the connection, and is closed with it."""
        known = self._connections.get(client)
        return known is not None and any(ruling is standing for standing in known.rulings.values())

    async def ruled(self, client: str, transfer: Transfer) -> Ruling:
        """The decision on a request without a body: the standing one, or a new one."""
        known = self._connections.get(client)
        if known is None:
            return await self.gatekeeper.handle(transfer)
        known.requests += 1
        place = (self.gatekeeper.rules.digest, transfer.destination, transfer.sender)
        bare = self.gatekeeper.is_bare(transfer)
        standing = known.rulings.get(place)
        if standing is not None and bare:
            return standing
        ruling = await self.gatekeeper.handle(transfer)
        if bare and isinstance(ruling.outcome, Forward):
            # The first one stands; a stream that was decided beside it is closed by itself.
            known.rulings.setdefault(place, ruling)
        return ruling
