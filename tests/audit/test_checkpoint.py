import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.checkpoint import Checkpoint, VerifierKey, open_checkpoint, read_note, sign
from gateway.errors import AuditError
from tests.audit.made import KEY, ORIGIN, VERIFIER, flip

HEAD = Checkpoint(ORIGIN, 42, bytes(range(32)), "2026-01-31T08:00:00.000Z")
# Go's sumdb: a note whose format every implementation of signed-note must read.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_a_signed_checkpoint_opens() -> None:
    assert open_checkpoint(sign(HEAD, KEY), (VERIFIER,)) == HEAD


def test_the_text_is_the_specified_one() -> None:
    root = base64.b64encode(HEAD.root).decode()
    assert HEAD.text() == f"gateway-1\n42\n{root}\ntime 2026-01-31T08:00:00.000Z\n"
    text, signature = sign(HEAD, KEY).split("\n\n")
    assert text + "\n" == HEAD.text()
    assert signature.startswith("\u2014 gateway-1 ")


def test_key_ids_and_signatures_are_those_of_the_published_example() -> None:
    key = VerifierKey.parse(PETER)
    assert key.line() == PETER
    text, _, tail = NOTE.rpartition("\n\n")
    raw = base64.b64decode(tail.split(" ")[2])
    assert raw[:4] == key.key_id
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    Ed25519PublicKey.from_public_bytes(key.raw).verify(raw[4:], (text + "\n").encode())


def test_every_flipped_bit_of_a_note_is_seen() -> None:
    note = sign(HEAD, KEY).encode()
    missed = []
    for bit in range(len(note) * 8):
        try:
            opened = open_checkpoint(flip(note, bit).decode(), (VERIFIER,))
        except (AuditError, UnicodeDecodeError):
            continue
        missed.append((bit, opened))
    assert missed == []


def test_another_key_or_origin_is_refused() -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    with pytest.raises(AuditError, match="known key"):
        open_checkpoint(sign(HEAD, other), (VERIFIER,))
    with pytest.raises(AuditError, match="known key"):
        open_checkpoint(sign(HEAD, KEY), ())
    renamed = VerifierKey("gateway-2", VERIFIER.raw)
    with pytest.raises(AuditError, match="known key"):
        open_checkpoint(sign(HEAD, KEY), (renamed,))


def test_an_older_key_still_opens_what_it_signed() -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    newer = VerifierKey(ORIGIN, other.public_key().public_bytes_raw())
    assert open_checkpoint(sign(HEAD, KEY), (VERIFIER, newer)) == HEAD
    assert open_checkpoint(sign(HEAD, other), (VERIFIER, newer)) == HEAD


@pytest.mark.parametrize(
    "line",
    ["", "a", "a+b", "gateway-1+00000000+" + base64.b64encode(b"\x01" * 33).decode(), PETER[:-4], "a+b+ü"],
)
def test_a_malformed_key_line_is_refused(line: str) -> None:
    with pytest.raises(AuditError):
        VerifierKey.parse(line)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        "a\n1\nb\ntime c\n\n",
        NOTE,
        HEAD.text(),
        sign(HEAD, KEY)[:-1],
        sign(HEAD, KEY).replace("42", "042"),
    ],
)
def test_what_is_no_checkpoint_is_refused(note: str) -> None:
    with pytest.raises(AuditError):
        read_note(note)
