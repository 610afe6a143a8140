import base64
import json
import random
from dataclasses import replace

import pytest

from gateway import wire
from gateway.limits import Limits
from gateway.model import Destination, Format, OpaqueField
from tests.property.strategies import CANARY, transfer

LIMITS = Limits()
SEALED = base64.b64encode(random.Random(3).randbytes(4000)).decode()
HERE = Destination(
    "api.example",
    opaque=(
        OpaqueField("input[*].encrypted_content", "base64", 10_000),
        OpaqueField("**.signature", "base64", 9000),
    ),
)


def parts(value: object) -> list[Format]:
    request = replace(transfer(json.dumps(value).encode(), b"application/json"), destination=HERE)
    return [part.format for part in wire.decode(request, LIMITS).parts if not part.text]


@pytest.mark.parametrize(
    "value",
    [
        {"input": [{"type": "reasoning", "encrypted_content": SEALED}]},
        {"messages": [{"content": [{"type": "thinking", "signature": SEALED}]}]},
    ],
)
def test_a_known_sealed_field_is_let_through(value: object) -> None:
    assert parts(value) == []


@pytest.mark.parametrize(
    "value",
    [
        {"input": [{"encrypted_contents": SEALED}]},
        {"other": [{"encrypted_content": SEALED}]},
        {"input": [{"encrypted_content": SEALED * 3}]},
        {"input": [{"encrypted_content": {"x": SEALED}}]},
    ],
)
def test_another_place_or_size_is_not(value: object) -> None:
    assert parts(value) == [Format.UNKNOWN]


@pytest.mark.parametrize("lead", [0, 1, 2, 3, 57])
def test_a_picture_in_a_sealed_field_is_seen_at_every_alignment(lead: int) -> None:
    noise = random.Random(9).randbytes(lead)
    value = {"input": [{"encrypted_content": base64.b64encode(noise + CANARY + noise).decode()}]}
    assert parts(value) != []
