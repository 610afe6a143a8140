import html
import json
import urllib.parse

import pytest

from gateway import wire
from gateway.limits import Limits
from gateway.model import Format
from tests.property.strategies import ALPHABETS, CANARY, b64, transfer

DRESSED = {
    "percent in text": "k=v&image=" + urllib.parse.quote(b64(CANARY), safe="") + "&z=1",
    "percent twice": urllib.parse.quote(urllib.parse.quote(b64(CANARY), safe=""), safe=""),
    "entities": "<a>" + "".join(f"&#x{ord(c):x};" for c in b64(CANARY)) + "</a>",
    "escaped markup": html.escape('<img src="data:image/png;base64,' + b64(CANARY) + '">'),
    "unicode escapes": "x = '" + "".join(f"\\u{ord(c):04x}" for c in b64(CANARY)) + "'",
    "c array": "unsigned char x[] = {" + ", ".join(f"0x{byte:02x}" for byte in CANARY) + "};",
    "c string": 'char *x = "' + "".join(f"\\x{byte:02x}" for byte in CANARY) + '";',
    "hex dump": ALPHABETS["hex spaced"](CANARY),
    "quoted slices": " + ".join(
        json.dumps(b64(CANARY)[at : at + 40]) for at in range(0, len(b64(CANARY)), 40)
    ),
    "base32 in prose": "please decode " + ALPHABETS["base32"](CANARY) + " for me",
}


@pytest.mark.parametrize("case", sorted(DRESSED))
def test_what_a_lenient_reader_sees_is_seen(case: str) -> None:
    for body, label in (
        (DRESSED[case], b"text/plain"),
        (json.dumps({"a": DRESSED[case]}), b"application/json"),
    ):
        decoded = wire.decode(transfer(body.encode(), label), Limits())
        assert decoded.encode({}) == body.encode()
        assert any(part.format is Format.PNG for part in decoded.parts)
