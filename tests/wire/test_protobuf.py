from gateway.wire.protobuf import as_varint, fields, varint


def field(number: int, data: bytes) -> bytes:
    return as_varint(number << 3 | 2) + as_varint(len(data)) + data


def test_varints() -> None:
    for value in (0, 1, 127, 128, 300, 2**32, 2**63):
        assert varint(as_varint(value), 0) == (value, len(as_varint(value)))
    assert varint(b"\xff" * 11, 0)[1] == -1
    assert varint(b"", 0)[1] == -1


def test_fields_tile_or_are_none() -> None:
    assert fields(field(1, b"abc") + b"\x10\x01" + b"\x1d\x00\x00\x00\x00") is not None
    for damaged in (field(1, b"abc")[:-1], b"\x00", b"\x0b", b"\x1d\x00", b"\xff"):
        assert fields(damaged) is None
