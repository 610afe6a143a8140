import base64
import urllib.parse

import pytest

from gateway import wire
from gateway.limits import Limits
from gateway.model import Transfer
from tests.property.strategies import CANARY, HERE

LIMITS = Limits()
B64 = base64.b64encode(CANARY).decode()
URL = base64.urlsafe_b64encode(CANARY).decode()


def beside(
    path: str = "/v1/x",
    headers: tuple[tuple[bytes, bytes], ...] = (),
    trailers: tuple[tuple[bytes, bytes], ...] = (),
) -> Transfer:
    return Transfer(HERE, "GET", path=path, headers=headers, trailers=trailers)


CASES = {
    "query": beside("/x?q=" + urllib.parse.quote(B64, safe="")),
    "query url alphabet": beside("/x?q=" + URL),
    "query hex": beside("/x?q=" + CANARY.hex()),
    "query data uri": beside("/x?q=" + urllib.parse.quote("data:image/png;base64," + B64, safe="")),
    "query raw bytes": beside("/x?q=" + urllib.parse.quote_from_bytes(CANARY)),
    "query slices": beside("/x?" + "&".join(f"q{at}={URL[at : at + 30]}" for at in range(0, len(URL), 30))),
    "path": beside("/x/" + URL),
    "path pieces": beside("/x/" + "/".join(URL[at : at + 30] for at in range(0, len(URL), 30))),
    "header": beside(headers=((b"X-Image", B64.encode()),)),
    "cookie": beside(headers=((b"Cookie", b"a=b; img=" + B64.encode() + b"; c=d"),)),
    "authorization": beside(headers=((b"Authorization", b"Bearer " + B64.encode()),)),
    "user agent": beside(headers=((b"User-Agent", b"Mozilla/5.0 (" + B64.encode() + b")"),)),
    "many headers": beside(
        headers=tuple((b"X-%d" % at, B64[at : at + 40].encode()) for at in range(0, len(B64), 40))
    ),
    "trailer": beside(trailers=((b"X-Sum", B64.encode()),)),
    "json in a header": beside(headers=((b"X-Meta", b'{"a":"' + B64.encode() + b'"}'),)),
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_a_picture_beside_the_body_is_seen(case: str) -> None:
    parts = wire.fields(CASES[case], LIMITS)
    assert any(part.data.startswith(CANARY[:8]) or CANARY[:8] in part.data for part in parts)


BENIGN = {
    "bare": beside(),
    "long path": beside(
        "/backend-api/conversation/6a0f2c9e-1111-4222-8333-944455556666/textdocs/and/some/more/segments/index.html"
    ),
    "presigned": beside(
        "/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260101%2Fus-east-1&X-Amz-Signature="
        + "0af3" * 16
    ),
    "session": beside(headers=((b"Cookie", b"session=" + base64.b64encode(bytes(range(7, 250)) * 4)),)),
    "key": beside(
        headers=((b"Authorization", b"Bearer sk-proj-" + base64.urlsafe_b64encode(bytes(range(100, 220)))),)
    ),
    "token": beside(
        headers=(
            (
                b"Authorization",
                b"Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5NXgL0n3I9PlFUP0THsR8U",
            ),
        )
    ),
    "browser": beside(
        headers=(
            (
                b"User-Agent",
                b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
            ),
        )
    ),
    "hints": beside(
        headers=((b"Sec-CH-UA", b'"Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140"'),)
    ),
}


@pytest.mark.parametrize("case", sorted(BENIGN))
def test_tokens_and_addresses_are_not_parts(case: str) -> None:
    assert wire.fields(BENIGN[case], LIMITS) == ()


def test_a_sealed_query_is_reported() -> None:
    noise = base64.urlsafe_b64encode(bytes((n * n * 31 + 7 * n) % 251 for n in range(6000))).decode()
    assert wire.fields(beside("/collect?d=" + noise), LIMITS)
