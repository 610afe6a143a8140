import pytest

from gateway import wire
from gateway.errors import GatewayError, LimitReached, RedactionError
from gateway.limits import Limits
from gateway.model import Format
from tests.property.strategies import CANARY, form_data, png, related, transfer

LIMITS = Limits()
LABEL = b"multipart/form-data; boundary=BOUND"


def test_fields_files_and_framing() -> None:
    body = form_data(CANARY, "scan.png", "image/png")
    decoded = wire.decode(transfer(body, LABEL), LIMITS)
    file, text = decoded.parts
    assert (file.data, file.format, file.filename, file.declared_type) == (
        CANARY,
        Format.PNG,
        "scan.png",
        "image/png",
    )
    assert text.text
    assert b"vision" in text.data
    assert decoded.encode({}) == body


def test_a_new_name_goes_into_the_head() -> None:
    decoded = wire.decode(transfer(form_data(CANARY, "Doe John.png"), LABEL), LIMITS)
    part = decoded.parts[0]
    new = decoded.encode({0: type(part)(part.path, b"NEW", filename='upload "1".png')})
    assert new == form_data(b"NEW", "upload %221%22.png")


def test_new_bytes_that_hold_the_boundary_are_refused() -> None:
    decoded = wire.decode(transfer(form_data(CANARY), LABEL), LIMITS)
    with pytest.raises(RedactionError):
        decoded.encode({0: decoded.parts[0].with_data(b"x\r\n--BOUND\r\ny")})


def test_a_data_uri_in_a_text_field_is_a_picture() -> None:
    import base64

    uri = b"data:image/png;base64," + base64.b64encode(CANARY)
    decoded = wire.decode(transfer(form_data(uri, None, None), LABEL), LIMITS)
    assert decoded.parts[0].data == CANARY
    new = png(7)
    body = decoded.encode({0: decoded.parts[0].with_data(new)})
    assert body == form_data(b"data:image/png;base64," + base64.b64encode(new), None, None)


def test_a_batch_file_is_searched_like_a_body() -> None:
    import base64
    import json

    line = json.dumps({"body": {"messages": [{"content": base64.b64encode(CANARY).decode()}]}}).encode()
    decoded = wire.decode(
        transfer(form_data(line + b"\n" + line + b"\n", "batch.jsonl", "application/jsonl"), LABEL), LIMITS
    )
    assert sum(part.data == CANARY for part in decoded.parts) == 2


def test_metadata_and_media() -> None:
    decoded = wire.decode(transfer(related(CANARY), b"multipart/related; boundary=BOUND"), LIMITS)
    assert decoded.parts[0].data == CANARY


def test_many_parts_reach_the_limit() -> None:
    part = b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n'
    with pytest.raises(LimitReached):
        wire.decode(transfer(part * 2000 + b"--B--", b"multipart/form-data; boundary=B"), LIMITS)


def test_the_parser_and_the_pieces_agree_on_an_empty_form() -> None:
    decoded = wire.decode(transfer(b"--B--\r\n", b"multipart/form-data; boundary=B"), LIMITS)
    assert decoded.encode({}) == b"--B--\r\n"


def test_an_empty_file_is_a_part() -> None:
    decoded = wire.decode(transfer(form_data(b"", "a.png"), LABEL), LIMITS)
    assert decoded.parts[0].format is Format.EMPTY


@pytest.mark.parametrize(
    "media", [b"multipart/byteranges", b"multipart/x-mixed-replace", b"multipart/alternative", b"multipart/"]
)
def test_other_kinds_are_refused(media: bytes) -> None:
    with pytest.raises(GatewayError):
        wire.decode(transfer(form_data(CANARY), media + b"; boundary=BOUND"), LIMITS)
