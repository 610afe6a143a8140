"""Who is next at the workers: people take turns, however much each of them has brought."""

import asyncio
from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True)
class Turns[Place]:
    """Places that are taken and given back. Those who wait stand in one line a person, and the lines are served in turn.

    So whoever sends two thousand images waits for them, and the single image of somebody else waits for one of each
    person's at most (round robin, Nagle, RFC 970).
    """

    _free: list[Place] = field(default_factory=list)
    _lines: dict[str, deque[asyncio.Future[Place]]] = field(default_factory=dict)

    @property
    def free(self) -> int:
        """How many places nobody has."""
        return len(self._free)

    async def take(self, whose: str) -> Place:
        """The place that was given back last, once it is this person's turn; whoever stops waiting loses nobody's place."""
        if self._free:
            return self._free.pop()
        turn: asyncio.Future[Place] = asyncio.get_running_loop().create_future()
        self._lines.setdefault(whose, deque()).append(turn)
        try:
            return await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self.give(turn.result())  # it came in the moment in which the waiting ended
            raise

    def give(self, place: Place) -> None:
        """Give a place to whose turn it is, or keep it for the next who asks."""
        while self._lines:
            whose = next(iter(self._lines))
            line = self._lines.pop(whose)
            while line:
                turn = line.popleft()
                if turn.done():
                    continue  # has stopped waiting
                if line:
                    self._lines[whose] = line  # behind everybody else
                turn.set_result(place)
                return
        self._free.append(place)
