"""Checks a Leadglass proof without Leadglass: python3 verify_inclusion.py proof.json [verifier-key-line-or-file]

Needs Python 3.10 or newer and `cryptography`. Proves that the entries in the file stand at their place in the
record whose checkpoint the signer signed (RFC 9162 section 2.1.3.2, C2SP tlog-checkpoint and signed-note).
Without the second argument the key in the proof itself is used: that shows the file is consistent, not who signed.
Exit code 0: proven. 1: not proven.
"""

# ruff: noqa: INP001, T201 - a program on its own, and it prints

import base64
import hashlib
import json
import pathlib
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def digest(*parts: bytes) -> bytes:
    """SHA-256 over the parts, one after the other."""
    return hashlib.sha256(b"".join(parts)).digest()


def root_from(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes | None:
    """Climb from the leaf to the root; None where the proof has the wrong length."""
    first, last, reached = index, size - 1, leaf
    for step in proof:
        if last == 0 or len(step) != 32:
            return None
        if first & 1 or first == last:
            reached = digest(b"\x01", step, reached)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            reached = digest(b"\x01", reached, step)
        first, last = first >> 1, last >> 1
    return reached if last == 0 else None


def verified_head(note: str, key_line: str) -> tuple[str, int, bytes]:
    """Origin, size and root of a signed note, after its Ed25519 signature was checked."""
    name, key_id, encoded = key_line.strip().split("+", 2)
    raw = base64.b64decode(encoded, validate=True)
    if raw[:1] != b"\x01" or digest(name.encode(), b"\n", raw)[:4].hex() != key_id:
        raise ValueError("the key line is malformed")
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    for line in signatures.splitlines():
        dash, signer, value = line.split(" ", 2)
        signature = base64.b64decode(value, validate=True)
        if (dash, signer, signature[:4].hex()) == ("\u2014", name, key_id):
            Ed25519PublicKey.from_public_bytes(raw[1:]).verify(signature[4:], text.encode())
            origin, size, root = text.split("\n")[:3]
            if origin != name:
                raise ValueError("the checkpoint belongs to another record")
            return origin, int(size), base64.b64decode(root, validate=True)
    raise ValueError("the checkpoint is not signed by this key")


def main(path: str, key: str | None = None) -> None:
    """Check a proof file; raises where anything is not proven."""
    proof = json.loads(pathlib.Path(path).read_text("utf-8"))
    if key is None:
        print(
            "note: using the key inside the proof; pass the organisation's published key to know who signed"
        )
        key = proof["key"]
    elif pathlib.Path(key).is_file():
        key = pathlib.Path(key).read_text("ascii").split("\n")[0]
    origin, size, root = verified_head(proof["checkpoint"], key)
    if not proof["entries"]:
        raise ValueError("the proof names no entry")
    for item in proof["entries"]:
        leaf = digest(b"\x00", item["entry"].encode("utf-8"))
        steps = [base64.b64decode(step, validate=True) for step in item["proof"]]
        index = item["index"]
        if not 0 <= index < size or root_from(leaf, index, size, steps) != root:
            raise ValueError(f"entry {index} is not proven")
        print(f"proven: entry {index} of {size} in the record of {origin}: {item['entry']}")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except Exception as error:  # noqa: BLE001 - whatever goes wrong, it is not proven
        sys.exit(f"NOT proven: {type(error).__name__}: {error}")
