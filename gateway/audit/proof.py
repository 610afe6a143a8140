"""A proof that one record is in what was signed, as a file that anybody can check without us."""

import base64
from typing import Any, Final

from gateway.audit.checkpoint import VerifierKey, open_checkpoint, read_note
from gateway.audit.ledger import Reader, Row
from gateway.audit.tree import prove_inclusion
from gateway.errors import AuditError

FORMAT: Final = "leadglass-proof/1"


def prove(reader: Reader, rows: tuple[Row, ...], keys: tuple[VerifierKey, ...]) -> dict[str, Any]:
    """The proof for the rows of one matter, under the newest checkpoint.

    AuditError where the checkpoint is not sound or does not reach the rows yet.
    """
    note = reader.last_checkpoint()
    if note is None:
        raise AuditError("nothing is signed yet")
    checkpoint = open_checkpoint(note, keys)
    signed = tuple(row for row in rows if row.idx < checkpoint.size)
    if not signed:
        raise AuditError("this entry is not signed yet; try again in a minute")
    key_ids = {key_id for _, key_id, _ in read_note(note)[1]}
    return {
        "format": FORMAT,
        "checkpoint": note,
        "key": next(key.line() for key in keys if key.key_id in key_ids),
        "entries": [
            {
                "index": row.idx,
                "entry": row.body.decode("utf-8"),
                "proof": [
                    base64.b64encode(step).decode("ascii")
                    for step in prove_inclusion(row.idx, checkpoint.size, reader.subtree)
                ],
            }
            for row in signed
        ],
    }
