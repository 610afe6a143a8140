"""Uploads that travel in pieces: held here until the whole can be examined as one.

`read` tells what a request asks for, `Table` keeps the pieces (in memory only, within bounds). Nobody upstream sees a
piece: its sender is answered as the service would, and what goes on is one upload that was joined, examined, decided on
and recorded as a whole.
"""

from gateway.held.protocols import PROTOCOLS, is_marked, read
from gateway.held.step import Answer, Cancel, Final, HeldError, Piece, Query, Send, Step, Whole
from gateway.held.table import Table
from gateway.held.upload import Dropped, Joined, Kept

__all__ = [
    "PROTOCOLS",
    "Answer",
    "Cancel",
    "Dropped",
    "Final",
    "HeldError",
    "Joined",
    "Kept",
    "Piece",
    "Query",
    "Send",
    "Step",
    "Table",
    "Whole",
    "is_marked",
    "read",
]
