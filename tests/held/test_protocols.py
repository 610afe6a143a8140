"""Each protocol of split uploads: what its sender is told, and what one request the whole becomes."""

import base64
import hashlib
import json

import pytest

from gateway import wire
from gateway.held import HeldError, is_marked, read
from gateway.limits import Limits
from gateway.model import Destination, Transfer
from gateway.wire import partial
from tests.held.made import (
    BLOB,
    GRAPH,
    OPENAI,
    Held,
    block,
    block_list,
    complete,
    google,
    headers,
    name,
    part,
    ranged,
)


def value(transfer: Transfer, header: bytes) -> bytes | None:
    return transfer.header(header)


def test_google_is_answered_as_google_answers_and_becomes_one_request() -> None:
    held = Held()
    first = held.keep(google("upload", 0, b"abc"))
    assert first.answer.status == 200
    assert dict(first.answer.headers) == {
        b"X-Goog-Upload-Status": b"active",
        b"X-Goog-Upload-Size-Received": b"3",
    }
    assert held.keep(google("query", None, b"")).answer == first.answer
    held.keep(google("upload", 3, b"def"))
    whole = held.join(
        google("upload, finalize", 6, b"gh", x_goog_upload_header_content_length=8, content_md5="old")
    ).whole.transfer
    assert whole.body == b"abcdefgh"
    assert value(whole, b"x-goog-upload-command") == b"upload, finalize"
    assert value(whole, b"x-goog-upload-offset") == b"0"
    assert value(whole, b"content-length") == b"8"
    digest = hashlib.md5(b"abcdefgh", usedforsecurity=False).digest()
    assert value(whole, b"content-md5") == base64.b64encode(digest)
    partial.check(whole)


def test_google_may_finalize_without_a_body() -> None:
    held = Held()
    held.keep(google("upload", 0, b"abc"))
    whole = held.join(google("finalize", None, b"")).whole.transfer
    assert (whole.body, value(whole, b"x-goog-upload-command")) == (b"abc", b"upload, finalize")
    assert value(whole, b"x-goog-upload-offset") == b"0"


@pytest.mark.parametrize("command", ["start", "start, upload, finalize", "upload, finalize"])
def test_a_google_upload_in_one_request_is_an_ordinary_one(command: str) -> None:
    assert Held().take(google(command, 0, b"abc")) is None


def test_ranges_are_resumed_as_cloud_storage_does() -> None:
    held = Held()
    first = held.keep(ranged(0, b"abcd", "*"))
    assert (first.answer.status, first.answer.headers) == (308, ((b"Range", b"bytes=0-3"),))
    assert held.keep(ranged(0, b"", "*")).answer == first.answer
    whole = held.join(ranged(4, b"ef", 6)).whole.transfer
    assert (whole.body, value(whole, b"content-range")) == (b"abcdef", b"bytes 0-5/6")
    partial.check(whole)


def test_ranges_of_unknown_length_end_with_an_empty_request() -> None:
    held = Held()
    held.keep(ranged(0, b"abcd", "*"))
    assert held.join(ranged(0, b"", 4)).whole.transfer.body == b"abcd"


def test_asking_about_ranges_that_are_not_held_is_an_ordinary_request() -> None:
    assert Held().take(ranged(0, b"", "*")) is None
    assert Held().take(ranged(0, b"", 6)) is None


def test_ranges_are_accepted_as_sharepoint_does() -> None:
    held = Held()
    answer = held.keep(ranged(0, b"abcd", 6, GRAPH)).answer
    assert answer.status == 202
    assert json.loads(answer.body)["nextExpectedRanges"] == ["4-"]
    assert held.join(ranged(4, b"ef", 6, GRAPH)).whole.transfer.body == b"abcdef"


def test_ranges_to_a_service_whose_answers_nobody_knows_are_left_to_be_refused() -> None:
    assert read(ranged(0, b"abcd", 6, Destination("x.example", shape="generic"))) is None


def test_openai_parts_are_named_here_and_sent_again_as_parts() -> None:
    held = Held()
    first, second = held.send_parts(b"ab", b"cde")
    joined = held.join(complete([second, first], md5="0" * 32))
    whole, send = joined.whole.transfer, joined.whole.send
    assert send is not None
    assert whole.body == b"cdeab"
    assert value(whole, b"content-type") is None
    assert value(whole, b"content-range") == b"bytes 0-4/5"
    assert wire.decode(whole, Limits()).parts[0].data == b"cdeab"
    assert (send.path, send.sizes) == ("/v1/uploads/upload_1/parts", (3, 2))
    again = Transfer(OPENAI, method="POST", path="/v1/files", headers=send.headers, body=send.wrap(b"cde"))
    (resent,) = wire.decode(again, Limits()).parts
    assert (resent.data, resent.filename) == (b"cde", "upload")
    assert value(again, b"authorization") == b"Bearer k"
    last = send.last(("part_a", "part_b"), whole.body)
    assert json.loads(last.body) == {"part_ids": ["part_a", "part_b"], "md5": "0" * 32}
    assert value(last, b"content-length") == b"%d" % len(last.body)
    redacted = json.loads(send.last(("part_a", "part_b"), b"xxxxx").body)
    assert redacted["md5"] == hashlib.md5(b"xxxxx", usedforsecurity=False).hexdigest()


def test_a_part_that_the_service_names_strangely_is_not_completed() -> None:
    held = Held()
    send = held.join(complete(held.send_parts(b"ab"))).whole.send
    assert send is not None
    with pytest.raises(HeldError):
        send.last(('a","b',), b"ab")


def test_azure_blocks_become_one_blob() -> None:
    held = Held()
    answer = held.keep(block(1, b"ab")).answer
    assert answer.status == 201
    held.keep(block(2, b"cd"))
    whole = held.join(
        block_list([2, 1], x_ms_blob_content_type="image/png", x_ms_content_crc64="x")
    ).whole.transfer
    assert (whole.body, whole.path) == (b"cdab", "/c/b?sv=1&sig=a%2Bb")
    assert value(whole, b"x-ms-blob-type") == b"BlockBlob"
    assert value(whole, b"content-type") == b"image/png"
    assert value(whole, b"x-ms-content-crc64") is None
    partial.check(whole)


REFUSED = {
    "google: a command nobody knows": (google("upload, delete", 0, b"a"), "pieces-mismatch"),
    "google: no offset": (google("upload", None, b"a"), "pieces-mismatch"),
    "google: half an offset": (google("upload", 0, b"a", x_goog_upload_offset="x"), "ambiguous-headers"),
    "google: two commands": (google("upload", 0, b"a", X_Goog_Upload_Command="start"), "ambiguous-headers"),
    "google: packed by itself": (google("upload", 0, b"a", content_encoding="gzip"), "split-upload"),
    "google: finalize with bytes": (google("finalize", 0, b"a"), "pieces-mismatch"),
    "two protocols at once": (google("upload", 0, b"ab", content_range="bytes 0-1/9"), "ambiguous-headers"),
    "range: longer than it is": (
        Transfer(GRAPH, method="PUT", headers=headers(content_range="bytes 0-9/20"), body=b"abc"),
        "pieces-mismatch",
    ),
    "range: beyond its end": (
        Transfer(GRAPH, method="PUT", headers=headers(content_range="bytes 0-2/2"), body=b"abc"),
        "pieces-mismatch",
    ),
    "range: nonsense": (
        Transfer(GRAPH, method="PUT", headers=headers(content_range="nonsense"), body=b"abc"),
        "pieces-mismatch",
    ),
    "openai: another field": (part(b"abc", name="file"), "bad-multipart"),
    "openai: two fields": (part(b'a\r\n--b\r\nContent-Disposition: form-data; name="x"\r\n\r\nb'), "bad-multipart"),
    "openai: no form": (
        Transfer(OPENAI, method="POST", path="/v1/uploads/u/parts", headers=headers(content_type="image/png"), body=b"x"),
        "bad-multipart",
    ),
    "openai: more than an order": (complete(["a"], note="hello"), "pieces-mismatch"),
    "openai: an order of numbers": (complete([1]), "pieces-mismatch"),  # type: ignore[list-item]
    "openai: a digest with room in it": (complete(["a"], md5="A" * 400), "pieces-mismatch"),
    "azure: signed blocks": (block(1, b"ab", authorization="SharedKey a:b"), "split-upload"),
    "azure: a block without a name": (Transfer(BLOB, method="PUT", path="/c/b?comp=block", body=b"a"), "pieces-mismatch"),
    "azure: a committed block": (block_list([1], "Committed"), "unknown-upload"),
    "azure: text in the list": (
        Transfer(BLOB, method="PUT", path="/c/b?comp=blocklist", body=b"<BlockList>hello</BlockList>"),
        "pieces-mismatch",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_no_client_sends_is_refused(case: str) -> None:
    transfer, reason = REFUSED[case]
    with pytest.raises(HeldError) as caught:
        Held().take(transfer)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "transfer",
    [part(b"a"), complete(["a"]), block(1, b"a"), block_list([1])],
    ids=lambda transfer: transfer.path,
)
def test_a_piece_is_seen_by_its_path(transfer: Transfer) -> None:
    assert is_marked(transfer.path)


@pytest.mark.parametrize(
    "path", ["/v1/chat/completions", "/v1/uploads", "/v1/files?limit=3", "/model/m/converse"]
)
def test_other_paths_cost_nothing_more(path: str) -> None:
    assert not is_marked(path)


def test_names_of_blocks_are_read_as_they_travel() -> None:
    held = Held()
    held.keep(Transfer(BLOB, method="PUT", path="/c/b?comp=block&blockid=MDAwMDAx%3D%3D", body=b"ab"))
    listed = b"<BlockList><Latest>MDAwMDAx==</Latest></BlockList>"
    joined = held.join(Transfer(BLOB, method="PUT", path="/c/b?comp=blocklist", body=listed))
    assert joined.whole.transfer.body == b"ab"
    assert name(1) == "MDAwMDAx"
