import pytest

from gateway.errors import WireError
from gateway.wire.multipart_head import boundary, media_type, read_head, renamed


def test_media_types() -> None:
    assert media_type(b"Text/Plain; Charset=UTF-8") == ("text/plain", (("charset", "UTF-8"),))
    assert media_type(b' multipart/form-data; boundary="a b" ') == (
        "multipart/form-data",
        (("boundary", "a b"),),
    )
    assert media_type(b"application/json;") == ("application/json", ())


@pytest.mark.parametrize(
    "value", [b"", b"json", b"a/b c", b"a/b; x", b"a/b; x=1; X=2", b"a/b; x*=1", b'a/b; x="\\""', b"a/b, c/d"]
)
def test_ambiguous_media_types(value: bytes) -> None:
    with pytest.raises(WireError):
        media_type(value)


def test_boundaries() -> None:
    assert boundary((("boundary", "----WebKitFormBoundaryabc123"),)) == b"----WebKitFormBoundaryabc123"
    for bad in ("", "x" * 71, "a\tb", "ends with space "):
        with pytest.raises(WireError):
            boundary((("boundary", bad),))


def test_heads() -> None:
    head = read_head(
        b'Content-Disposition: form-data; name="f"; filename="a b.png"\r\nContent-Type: image/png', form=True
    )
    assert (head.name, head.filename, head.media) == ("f", "a b.png", "image/png")
    assert "a b.png" not in repr(head)


def test_renaming() -> None:
    lines = b'Content-Disposition: form-data; name="f"; filename="a.png"\r\n\r\n'
    assert renamed(lines, "a.png", 'x"y.png') == lines.replace(b"a.png", b"x%22y.png")
    with pytest.raises(WireError):
        renamed(lines, "other", "x")
