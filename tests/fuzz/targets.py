"""The parsers of ours, each as one call on any bytes; only our own errors may leave them."""

from collections.abc import Callable, Mapping

from gateway import detect
from gateway.errors import GatewayError
from gateway.formats.dicom import open_dicom
from gateway.formats.inside import files_in
from gateway.formats.own_pictures import own_stretches
from gateway.formats.side_data import side_data
from gateway.formats.sniff import others, sniff
from gateway.limits import MIB, Limits
from gateway.model import Destination, Finding, Format, Look, Part, Transfer
from gateway.unpack import unpack
from gateway.wire import alphabets, decode, protobuf
from gateway.wire.aws_chunked import unchunk
from gateway.wire.content_encoding import CODINGS, undo
from gateway.wire.multipart_head import media_type, read_head

LIMITS = Limits(decoded_bytes=8 * MIB, body_bytes=8 * MIB, parts=200, pixels=1 << 20, picture_bytes=32 * MIB)


def _labelled(label: bytes, *more: tuple[bytes, bytes]) -> Callable[[bytes], None]:
    def parse(data: bytes) -> None:
        headers = ((b"content-type", label), *more)
        try:
            decoded = decode(Transfer(Destination("api.example"), headers=headers, body=data), LIMITS)
        except GatewayError as error:
            if error.reason == "codec-failed":
                raise AssertionError(
                    "a codec failed"
                ) from error  # our own border caught what should not happen
        else:
            assert decoded.encode({}) == data

    return parse


def _container(form: Format) -> Callable[[bytes], None]:
    def parse(data: bytes) -> None:
        for seen in unpack(Part(("f",), data, form), LIMITS):
            assert isinstance(seen, Part | Finding)

    return parse


def _content_coding(data: bytes) -> None:
    for name in CODINGS:
        undo(name, data, LIMITS)


def _heads(data: bytes) -> None:
    for form in (True, False):
        try:
            read_head(data, form=form)
        except GatewayError:
            continue
    media_type(data)


def _base64(data: bytes) -> None:
    alphabets.salvage(data)
    alphabets.read_base85(data)
    alphabets.read_base32(data)
    reading = alphabets.read(data)
    if reading is not None:
        again = alphabets.read(reading.write(reading.data))
        assert not reading.data or again is not None


def _picture(data: bytes) -> None:
    form = sniff(data)
    assert all(found.data for found in files_in(data))
    own_stretches(data, form)
    for block in side_data(data, form):
        assert all(found.data for found in files_in(block, 0))


def _sniff(data: bytes) -> None:
    form = sniff(data)
    others(data, form)
    for finding in detect.inspect(Part(("f",), data, form), detect.DETECTORS, LIMITS, Look.FORMAT):
        assert finding.detail != "unreadable" or not finding.where.endswith("Error"), finding


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "multipart": _labelled(b"multipart/form-data; boundary=BOUND"), "part head": _heads, "content coding": _content_coding,
    "json": _labelled(b"application/json"), "text": _labelled(b"text/plain"), "base64": _base64, "form": _labelled(b"application/x-www-form-urlencoded"),
    "grpc": _labelled(b"application/grpc", (b"grpc-encoding", b"gzip")), "protobuf": protobuf.fields, "packed": _labelled(b"application/msgpack"),
    "aws-chunked": unchunk, "dicom": lambda data: open_dicom(data, LIMITS), "picture": _picture, "sniff": _sniff, "zip": _container(Format.ZIP),
    "7z": _container(Format.SEVEN_ZIP), "tar": _container(Format.TAR), "stream": _container(Format.ZSTD), "pdf": _container(Format.PDF),
    "email": _container(Format.EMAIL), "rtf": _container(Format.RTF), "ole": _container(Format.OLE), "notebook": _container(Format.NOTEBOOK),
    "markup": _container(Format.HTML),
}  # type: ignore[dict-item]  # what they return is of no interest  # fmt: skip
