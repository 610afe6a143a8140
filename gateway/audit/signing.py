"""The gateway's side of the signer: starts it, asks it, notices when it is gone."""

import base64
import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from gateway.audit.checkpoint import VerifierKey, open_checkpoint
from gateway.errors import AuditError

ANSWER_SECONDS: Final = 10.0
"""A signer that does not answer for so long is replaced."""

type Proof = Callable[[int], tuple[bytes, ...]]
"""Gives the consistency proof from an older size."""


class Inconsistent(AuditError):  # noqa: N818 - a state of the record, named as the signer names it
    """The signer has signed a record that this one does not continue."""


class SignerClient:
    """A signer that is started with the gateway, or one that already listens on a socket under another user."""

    def __init__(self, keys: Path, origin: str, *, listening: Path | None = None) -> None:
        """Connect. AuditError where there is no signer, or it has no usable key."""
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._connection = socket.socket(socket.AF_UNIX)
            if listening is not None:
                self._connection.connect(str(listening))
            else:
                self._connection.close()
                self._connection, theirs = socket.socketpair()
                with theirs:
                    self._process = subprocess.Popen(  # noqa: S603 - our own module under our own interpreter
                        [
                            sys.executable,
                            "-m",
                            __package__ + ".signer",
                            "--keys",
                            str(keys),
                            "--origin",
                            origin,
                        ],
                        stdin=theirs.fileno(),
                        stdout=theirs.fileno(),
                        # The gateway's settings hold the record's password, which a signer has no use for.
                        env={k: v for k, v in os.environ.items() if not k.startswith("LEADGLASS_")},
                        process_group=0,  # Ctrl-C ends the gateway, which needs one more signature; no session, see `workers.confine`
                    )
            self._connection.settimeout(ANSWER_SECONDS)
            self._stream = cast("BinaryIO", self._connection.makefile("rwb"))
            hello = self._read()
            self.key = VerifierKey.parse(hello["key"])
            self.size, self.root = int(hello["size"]), base64.b64decode(hello["root"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            self.close()
            raise AuditError(f"the signer cannot be reached ({type(error).__name__})") from None
        except AuditError:
            self.close()
            raise

    def sign(self, size: int, root: bytes, proof: Proof) -> str:
        """A signed note for this head. Inconsistent where the record was changed; AuditError where nobody answers."""
        steps = [base64.b64encode(step).decode("ascii") for step in proof(self.size)]
        asked = {"size": size, "root": base64.b64encode(root).decode("ascii"), "proof": steps}
        try:
            self._stream.write(json.dumps(asked).encode() + b"\n")
            self._stream.flush()
            note = self._read()["note"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise AuditError(f"the signer does not answer ({type(error).__name__})") from None
        signed = open_checkpoint(note, (self.key,))
        if (signed.size, signed.root) != (size, root):
            raise AuditError("the signer signed something else")
        self.size, self.root = size, root
        return str(note)

    def close(self) -> None:
        """Hang up; a signer that was started with us ends with that."""
        with contextlib.suppress(OSError, AttributeError):
            self._stream.close()
        self._connection.close()
        if self._process is not None:
            try:
                self._process.wait(ANSWER_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _read(self) -> dict[str, Any]:
        answer = json.loads(self._stream.readline() or b"null")
        if not isinstance(answer, dict):
            raise TypeError
        if answer.get("refused") == "inconsistent":
            raise Inconsistent(
                "the record does not continue what the signer has signed; it was changed or put back"
            )
        if "refused" in answer:
            raise AuditError(f"the signer refuses: {answer['refused']}")
        return answer
