"""The signer: a small process of its own, the only one that reads the signing key.

It signs a checkpoint only with proof that the record merely grew since the last one it signed, and remembers that
one in a file of its own before it lets the signature go: C2SP tlog-checkpoint's "MUST not sign any checkpoint
inconsistent with one it previously signed".

Spoken over a stream, one JSON object a line. First the signer says `{"key", "size", "root"}`; then, for each
`{"size", "root", "proof"}`, it answers `{"note"}` or `{"refused"}`. Hashes are base64.
"""

import argparse
import base64
import contextlib
import itertools
import json
import resource
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.checkpoint import Checkpoint, VerifierKey, sign
from gateway.audit.tree import EMPTY_ROOT, verify_consistency
from gateway.audit.words import now
from gateway.durable import write_whole
from gateway.errors import AuditError


@dataclass(slots=True)
class Signer:
    """Holds the key, and the last size and root that were signed with it."""

    origin: str
    key: Ed25519PrivateKey
    memory: Path
    size: int = 0
    root: bytes = EMPTY_ROOT

    @staticmethod
    def open(folder: Path, origin: str) -> "Signer":
        """The signer of this gateway; the key is made on first use, mode 0600. AuditError where it cannot be used."""
        signer = Signer(origin, _key(folder / "signer"), folder / f"signer.{origin}.last")
        try:
            if signer.memory.exists():
                last = json.loads(signer.memory.read_bytes())
                signer.size, signer.root = int(last["size"]), base64.b64decode(last["root"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise AuditError(f"the signer's memory cannot be read ({type(error).__name__})") from None
        return signer

    def hello(self) -> dict[str, Any]:
        """What the signer says first."""
        key = VerifierKey(self.origin, self.key.public_key().public_bytes_raw())
        return {"key": key.line(), "size": self.size, "root": _text(self.root)}

    def sign(self, size: int, root: bytes, proof: tuple[bytes, ...]) -> str:
        """The signed note, once the proof holds and the memory is on disk. AuditError otherwise."""
        if not verify_consistency(self.size, size, self.root, root, proof):
            raise AuditError("inconsistent")
        note = sign(Checkpoint(self.origin, size, root, now()), self.key)
        if size != self.size:
            write_whole(self.memory, json.dumps({"size": size, "root": _text(root)}).encode())
            self.size, self.root = size, root
        return note

    def answers(self, requests: BinaryIO) -> Iterator[dict[str, Any]]:
        """One answer for each request line, until the other side hangs up."""
        for line in requests:
            try:
                asked = json.loads(line)
                proof = tuple(map(base64.b64decode, asked["proof"]))
                yield {"note": self.sign(int(asked["size"]), base64.b64decode(asked["root"]), proof)}
            except AuditError as error:
                yield {"refused": str(error)}
            except (ValueError, KeyError, TypeError):
                yield {"refused": "malformed"}
            except OSError:
                yield {"refused": "memory"}


def _key(path: Path) -> Ed25519PrivateKey:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            write_whole(path, Ed25519PrivateKey.generate().private_bytes_raw())
        if path.stat().st_mode & 0o077:
            raise AuditError(f"{path} can be read by others; make it mode 0600 and rotate it")
        return Ed25519PrivateKey.from_private_bytes(path.read_bytes())
    except (OSError, ValueError) as error:
        raise AuditError(f"the signing key {path} cannot be used ({type(error).__name__})") from None


def _text(hash_: bytes) -> str:
    return base64.b64encode(hash_).decode("ascii")


def serve(signer: Signer, requests: BinaryIO, answers: BinaryIO) -> None:
    """Speak with one gateway until it hangs up."""
    for answer in itertools.chain((signer.hello(),), signer.answers(requests)):
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def main() -> None:
    """`python -m gateway.audit.signer --keys STATE/keys --origin ID [--socket PATH]`."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument(
        "--keys", type=Path, required=True, help="folder of the key, readable by the signer alone"
    )
    parser.add_argument("--origin", required=True, help="the gateway's id in the record")
    parser.add_argument(
        "--socket", type=Path, help="listen here, for a signer under another user; else stdin, stdout"
    )
    arguments = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        signer = Signer.open(arguments.keys, arguments.origin)
    except AuditError as error:
        print(json.dumps({"refused": str(error)}), flush=True)  # noqa: T201 - the other side's first line
        sys.exit(2)
    if arguments.socket is None:
        serve(signer, sys.stdin.buffer, sys.stdout.buffer)
        return
    arguments.socket.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(arguments.socket))
        # The gateway's group may ask for signatures; the key stays out of its reach.
        arguments.socket.chmod(0o660)
        door.listen(1)
        print(json.dumps({"listening": str(arguments.socket)}), flush=True)  # noqa: T201 - for who started it
        while True:
            connection, _ = door.accept()
            # A gateway that died ends its conversation, not the signer's work.
            with contextlib.suppress(OSError), connection, connection.makefile("rwb") as stream:
                serve(signer, cast("BinaryIO", stream), cast("BinaryIO", stream))


if __name__ == "__main__":
    main()
