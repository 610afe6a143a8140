import base64
import json

import pytest

from gateway import wire
from gateway.errors import LimitReached
from gateway.limits import Limits
from gateway.model import Format
from tests.property.strategies import CANARY, b64, png, transfer

LIMITS = Limits()
JSON = b"application/json"

PROVIDERS = {
    "messages[0].content[1].image_url.url": {
        "messages": [{"content": [{"type": "text"}, {"image_url": {"url": "data:image/png;base64,@"}}]}]
    },
    "input[0].content[0].image_url": {
        "input": [{"content": [{"type": "input_image", "image_url": "data:image/png;base64,@"}]}]
    },
    "messages[0].content[0].content[0].source.data": {
        "messages": [{"content": [{"type": "tool_result", "content": [{"source": {"data": "@"}}]}]}]
    },
    "contents[0].parts[0].inlineData.data": {
        "contents": [{"parts": [{"inlineData": {"mimeType": "image/png", "data": "@"}}]}]
    },
    "messages[0].content[0].image.source.bytes": {
        "messages": [{"content": [{"image": {"source": {"bytes": "@"}}}]}]
    },
    "messages[0].images[0]": {"messages": [{"images": ["@"]}]},
    "input.photo": {"input": {"photo": "data:application/octet-stream;base64,@"}},
    "content": {"fileName": "a.png", "content": "@"},
    "files[0].sample": {"files": [{"path": "x", "sample": "@"}]},
    "requests[0].params.messages[0].content[0].source.data": {
        "requests": [{"params": {"messages": [{"content": [{"source": {"data": "@"}}]}]}}]
    },
}


@pytest.mark.parametrize("url_alphabet", [False, True])
@pytest.mark.parametrize("place", sorted(PROVIDERS))
def test_every_provider_shape_is_found_and_rewritten_alone(place: str, url_alphabet: bool) -> None:
    encode = base64.urlsafe_b64encode if url_alphabet else base64.b64encode
    template = json.dumps(PROVIDERS[place])
    body = template.replace("@", encode(CANARY).decode()).encode()
    decoded = wire.decode(transfer(body, JSON), LIMITS)
    assert decoded.parts[0].data == CANARY
    assert decoded.parts[0].path == (place,)
    new = png(21, seed=5)
    assert (
        decoded.encode({0: decoded.parts[0].with_data(new)})
        == template.replace("@", encode(new).decode()).encode()
    )


def test_what_people_wrote_is_one_text() -> None:
    value = {"messages": [{"role": "user", "content": 'Doe^John said "hi"\nbye'}, {"content": b64(CANARY)}]}
    text = wire.decode(transfer(json.dumps(value).encode(), JSON), LIMITS).parts[-1]
    assert text.text
    assert b'Doe^John said "hi"\nbye' in text.data
    assert b64(CANARY).encode() not in text.data


def test_files_that_are_json_are_parts() -> None:
    model = {
        "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Doe^John"}]},
        "7FE00010": {"vr": "OW", "InlineBinary": "AAAA"},
    }
    decoded = wire.decode(transfer(json.dumps([model]).encode(), JSON), LIMITS)
    assert Format.DICOM_JSON in [part.format for part in decoded.parts]
    escaped = json.dumps([model]).replace("vr", "\\u0076r").encode()
    assert Format.DICOM_JSON in [part.format for part in wire.decode(transfer(escaped, JSON), LIMITS).parts]


def test_many_payloads_reach_the_limit() -> None:
    body = json.dumps([b64(CANARY)] * 20).encode()
    with pytest.raises(LimitReached):
        wire.decode(transfer(body, JSON), Limits(parts=10))
