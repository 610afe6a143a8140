"""Why some wrappers are refused whatever is in them, case by case."""

from collections.abc import Mapping
from enum import StrEnum


class Why(StrEnum):
    """The closed list of reasons; only the last one is true of what a client sends in its ordinary work."""

    BROKEN = "it breaks the rules of its own format or protocol, so no client sends it"
    TWO_WAYS = "two honest readers see two different things in it"
    PRIVATE = "only somebody who was told how could put it together again; no service takes it"
    TOO_MUCH = "it is beyond a limit that is there on purpose"
    MEDICAL = "its format is used by medicine alone"
    NOT_READ = "a client could send it, and nobody here can look into it"


USUAL: Mapping[str, Why] = {
    "A": Why.BROKEN, "B": Why.BROKEN, "C": Why.BROKEN, "D": Why.BROKEN, "E": Why.BROKEN, "F": Why.BROKEN, "G": Why.BROKEN, "H": Why.NOT_READ,
    "I": Why.TWO_WAYS, "J": Why.BROKEN, "K": Why.PRIVATE, "L": Why.BROKEN, "M": Why.TWO_WAYS, "N": Why.BROKEN, "O": Why.TOO_MUCH,
}  # fmt: skip
"""The reason in each family, but for those below."""

OTHERWISE: Mapping[str, Mapping[Why, tuple[str, ...]]] = {
    "A": {
        Why.TWO_WAYS: (
            "length and chunks", "chunks and a length of zero", "two lengths", "two equal lengths", "the same length twice", "a list of lengths", "two hosts",
            "another host first", "two hosts in one", "host with a user", "host with another port", "whole address of another host", "type twice",
            "content coding twice", "a tunnel in the tunnel", "a second request in the body of the first", "header folded", "picture in a folded header",
        ),
        Why.NOT_READ: ("picture in a trailer", "unknown method", "upgrade to something unknown", "upgrade to WebTransport"),
        Why.TOO_MUCH: ("a head of 70 KB", "a head of 4 MB", "a thousand headers"),
    },
    "B": {
        Why.TWO_WAYS: ("another authority", "authority with another port", "authority with a user", "authority and another host", "two authorities", "two paths", "type twice"),
        Why.NOT_READ: ("picture in a trailer", "unknown method"),
        Why.PRIVATE: ("ten streams with a slice each", "reset behind the upload"),
        Why.TOO_MUCH: ("headers of 80 KB in frames",),
    },
    "C": {
        Why.TWO_WAYS: (
            "data before the first boundary (DB)", "data after the last boundary (DA)", "part after the end",
            "file name and extended file name", "boundary inside the data, after a line feed", "two boundaries, true one first",
            "two boundaries, true one last", "extended boundary", "boundary in continuations",
            "multipart called JSON", "multipart called urlencoded",
            "multipart called octets", "multipart without a label", "JSON called multipart", "picture called multipart", "escaped quote", "single quotes (IQ)",
        ),
        Why.NOT_READ: (
            "transfer encoding quoted-printable", "nested multipart/mixed", "charset of a part", "charset in a field", "x-mixed-replace",
            "attachment for form-data", "boundary with an escape (BQ)", "line before the first boundary", "blank after the boundary",
            "header folding (HF)", "header folding with a tab (IH)",
        ),
        Why.TOO_MUCH: ("part header of 9 KB", "ten thousand parts"),
    },
    "D": {
        Why.TWO_WAYS: (
            "picture in the metadata of brotli", "letters in the metadata of brotli", "bytes behind gzip", "zeros behind gzip", "bytes behind deflate",
            "bytes behind brotli", "bytes behind zstd", "frame to be skipped in zstd", "frame to be skipped in front of zstd", "coding given twice",
            "picture in the comment of gzip", "aws-chunked with bytes behind",
        ),
        Why.NOT_READ: ("unknown coding", "compress", "bzip2", "xz", "zstd with a dictionary", "aws-chunked inside gzip"),
        Why.TOO_MUCH: ("three layers", "five layers"),
    },
    "E": {Why.TWO_WAYS: ("two charsets", "type given twice", "byte-order mark of UTF-8", "UTF-16 without saying so", "UTF-32 without saying so", "EBCDIC without saying so"),
          Why.NOT_READ: ("UTF-16 called text",)},
    "F": {
        Why.TWO_WAYS: ("same name twice, picture last", "same name twice, picture first", "same name twice, escaped", "same name twice, deep", "lone surrogate", "number beyond any float"),
        Why.PRIVATE: ("two halves in two fields", "slices in objects", "slices under numbered names", "list of slices", "slices in JSON lines", "base64 turned round", "base64 in rot13"),
        Why.TOO_MUCH: ("depth of 65", "depth of 100,000"),
    },
    "H": {
        Why.TWO_WAYS: ("behind an ordinary JPEG", "behind an ordinary PNG", "behind an ordinary GIF", "behind an ordinary WebP", "behind an ordinary BMP", "in a comment of a GIF", "in a block of a GIF"),
        Why.MEDICAL: ("as NRRD", "as MetaImage", "as NIfTI", "in HL7", "as a slide of Aperio", "as a slide of Hamamatsu", "as a slide of Leica", "as a slide of Philips", "as a slide of Ventana"),
    },
    "I": {
        Why.BROKEN: ("zip in halves, the first", "zip in halves, the second", "size that lies, smaller", "size that lies, larger", "checksum that lies", "zip cut short"),
        Why.NOT_READ: (
            "encrypted by its flag", "encrypted strongly by its flag", "deflate64", "imploded", "PPMd", "unknown method", "ar", "cpio", "lz4", "cab", "iso", "rar",
            "LZMA alone", "encrypted with AES", "Debian package", "first volume of a zip",
        ),
        Why.TOO_MUCH: ("zip in nine zips",),
    },
    "J": {Why.TWO_WAYS: ("PDF behind a picture",), Why.NOT_READ: ("PDF locked by a password", "AVI of one frame", "FDF with a stream")},
    "L": {
        Why.PRIVATE: ("halves in one message each", "in the payload of pings", "in the payload of pongs", "in the reason of a close"),
    },
    "M": {
        Why.BROKEN: (
            "CONNECT to an address in hexadecimal", "CONNECT to an address as one number", "CONNECT with a user", "CONNECT without a port", "CONNECT with a path",
            "Host with a Cyrillic letter", "Host with a full-width dot",
        ),
        Why.TOO_MUCH: (
            "CONNECT to another port", "CONNECT to port 80", "CONNECT to port 22", "CONNECT to port 25", "CONNECT to a name server's TLS",
            "CONNECT to the gateway's own machine", "CONNECT to the cloud's metadata", "CONNECT to the service without TLS",
        ),
    },
    "N": {
        Why.TWO_WAYS: ("CBOR in two ways at once", "MessagePack with a tail", "CBOR called MessagePack", "protobuf called octets", "gRPC called JSON"),
        Why.PRIVATE: ("many small queries", "segments of a path", "query, percent signs everywhere"),
        Why.NOT_READ: ("trailer", "yEnc"),
        Why.TOO_MUCH: ("file name", "field name of a form"),
    },
    "O": {Why.BROKEN: ("size that JPEG 2000 does not have",), Why.TWO_WAYS: ("zip whose entries overlap", "PNG of a gigapixel, then the picture")},
}  # fmt: skip


def why(letter: str, name: str) -> Why:
    """Why this case is refused by form."""
    return next(
        (reason for reason, names in OTHERWISE.get(letter, {}).items() if name in names), USUAL[letter]
    )
