"""Has the record signed while it grows, and once in a while when it rests, and anchors what was signed."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Final

from gateway.audit.anchor import Anchor
from gateway.audit.signing import Inconsistent, SignerClient
from gateway.audit.stored import StoredLedger
from gateway.audit.tree import prove_consistency
from gateway.errors import AuditError

INTERVAL: Final = 1.0
"""Seconds between looks at whether the record grew."""
HEARTBEAT: Final = 60.0
"""Seconds after which even an unchanged record is signed again, so that a cut-off end shows."""
PATIENCE: Final = 60.0
"""Seconds entries may stay unsigned before decisions are refused: a dead signer must not stay unnoticed."""


class Checkpointer:
    """Owns the thread that asks the signer."""

    def __init__(
        self,
        ledger: StoredLedger,
        connect: Callable[[], SignerClient],
        *,
        anchors: Sequence[Anchor] = (),
        heartbeat: float = HEARTBEAT,
    ) -> None:
        """Signs once before it answers, so that a record that was put back is noticed at the start (Inconsistent)."""
        self._ledger, self._connect, self._heartbeat = ledger, connect, heartbeat
        self._behind = dict.fromkeys(anchors, "")
        """Anchors, and the newest note each has kept."""
        self._signer: SignerClient | None = connect()
        self._signed, self._signed_at = -1, 0.0
        self._unsigned_since: float | None = None
        self._changed: str | None = None
        self._note = ""
        self._stop = threading.Event()
        self.faults: dict[str, str] = {}
        """What is not working at the moment: `signer` or an anchor's name, and why."""
        try:
            self._sign()
        except AuditError:
            self._hang_up()
            raise
        ledger.gate = self.refusal
        self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)
        self._thread.start()

    @property
    def key_line(self) -> str:
        """The verifier key of the signer, as signed-note writes it."""
        assert self._signer is not None
        return self._signer.key.line()

    def refusal(self) -> str | None:
        """Why no decision may be taken, or None."""
        if self._changed:
            return self._changed
        since = self._unsigned_since
        if since is not None and time.monotonic() - since > PATIENCE:
            return "the record is not being signed"
        return None

    def close(self) -> None:
        """Sign what was written last, and stop."""
        self._stop.set()
        self._thread.join()
        self._once()
        self._hang_up()

    def _run(self) -> None:
        while not self._stop.wait(INTERVAL):
            self._once()

    def _once(self) -> None:
        grown = self._ledger.frontier().size != self._signed
        if grown or time.monotonic() - self._signed_at >= self._heartbeat:
            try:
                self._sign()
            except AuditError as error:
                self._failed(error)
        self._publish()

    def _failed(self, error: AuditError) -> None:
        self.faults["signer"] = str(error)
        if isinstance(error, Inconsistent):
            self._changed = str(error)
        if self._unsigned_since is None:
            self._unsigned_since = time.monotonic()
        self._hang_up()

    def _sign(self) -> None:
        if self._signer is None:
            self._signer = self._connect()
        head = self._ledger.frontier()
        with self._ledger.reader() as reader:

            def proof(old: int) -> tuple[bytes, ...]:
                if old > head.size:
                    raise Inconsistent(
                        "the record is shorter than what the signer has signed; it was put back"
                    )
                return prove_consistency(old, head.size, reader.subtree)

            note = self._signer.sign(head.size, head.root(), proof)
        try:
            self._ledger.store_checkpoint(note).result(timeout=30)
        except FutureTimeout:
            raise AuditError("the checkpoint could not be stored in time") from None
        self._note, self._signed, self._signed_at = note, head.size, time.monotonic()
        self._unsigned_since = None
        self.faults.pop("signer", None)

    def _publish(self) -> None:
        for anchor, kept in self._behind.items():
            if kept != self._note:
                try:
                    anchor.publish(self._note)
                except AuditError as error:
                    self.faults[anchor.name] = str(error)
                else:
                    self._behind[anchor] = self._note
                    self.faults.pop(anchor.name, None)

    def _hang_up(self) -> None:
        if self._signer is not None:
            self._signer.close()
            self._signer = None
