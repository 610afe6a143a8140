from gateway import wire
from gateway.limits import Limits
from tests.property.strategies import CANARY, b64, png, transfer

LABEL = b"application/x-www-form-urlencoded"
LIMITS = Limits()


def test_an_unescaped_plus_means_base64() -> None:
    body = b"key=1&image=" + b64(CANARY).rstrip("=").encode()
    decoded = wire.decode(transfer(body, LABEL), LIMITS)
    assert decoded.parts[0].data == CANARY
    again = wire.decode(transfer(decoded.encode({0: decoded.parts[0].with_data(png(5))}), LABEL), LIMITS)
    assert again.parts[0].data == png(5)


def test_plain_fields_are_text() -> None:
    (part,) = wire.decode(transfer(b"q=hello+world&lang=de%C3%A4", LABEL), LIMITS).parts
    assert part.text
    assert b"hello world" in part.data


def test_a_picture_under_the_label_is_a_picture() -> None:
    assert wire.decode(transfer(CANARY, LABEL), LIMITS).parts[0].data == CANARY
