"""HTTP/2 requests that mean several things at once: nothing of the picture arrives."""

import contextlib

import hpack
import hyperframe.exceptions
import pytest
from hyperframe.frame import Frame, GoAwayFrame, HeadersFrame, RstStreamFrame, SettingsFrame

from tests.evasion import oracle
from tests.evasion.bench import Bench, canaries
from tests.evasion.family_b_http2 import CASES, Http2Case, legal
from tests.evasion.pictures import medical, ordinary
from tests.evasion.senders import tunnel

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
EACH = [pytest.param(case, id=f"B-{case.name}") for case in CASES]
FORMS = [pytest.param(case, id=f"B-{case.name}") for case in CASES if case.form]


def send(bench: Bench, case: Http2Case, picture: bytes) -> list[int]:
    """The frames of a case on a connection of their own; the status of each stream that was answered."""
    packer, reader = hpack.Encoder(), hpack.Decoder()
    frames = case.frames(picture, lambda fields: packer.encode(list(fields)))
    streams = len({frame.stream_id for frame in frames} - {0})
    statuses: list[int] = []
    with (
        tunnel(bench.gateway.proxy, bench.gateway.ca, "h2") as tls,
        contextlib.suppress(OSError, hyperframe.exceptions.HyperframeError),
    ):
        tls.sendall(PREFACE + SettingsFrame(0).serialize() + b"".join(frame.serialize() for frame in frames))
        tls.settimeout(1 if case.form else 15)
        received = b""
        while len(statuses) < streams:
            while len(received) < 9 or len(received) < 9 + int.from_bytes(received[:3]):
                received += (piece := tls.recv(65536))
                if not piece:
                    return statuses
            frame, size = Frame.parse_frame_header(memoryview(received[:9]))
            frame.parse_body(memoryview(received[9 : 9 + size]))
            received = received[9 + size :]
            if isinstance(frame, HeadersFrame):
                statuses.append(int(dict(reader.decode(frame.data, raw=True))[b":status"]))
            elif isinstance(frame, SettingsFrame) and "ACK" not in frame.flags:
                tls.sendall(SettingsFrame(0, flags=["ACK"]).serialize())
            elif isinstance(frame, RstStreamFrame | GoAwayFrame):
                return statuses
    return statuses


@pytest.mark.parametrize("case", EACH)
def test_nothing_of_a_medical_picture_arrives(bench: Bench, case: Http2Case) -> None:
    start = bench.reader.size()
    statuses = send(bench, case, medical())
    assert not oracle.shows(bench.upstream.received, canaries("png"))
    if case.drops:
        return
    assert 200 not in statuses
    if statuses:  # whoever breaks HTTP/2 itself is cut off, and has asked for nothing
        # A case before this one may have been cut off behind an empty object or no body, which is decided on only now.
        decisions = [
            one for one in bench.decisions(start) if one.get("bytes", 0) > 2 or one["action"] == "block"
        ]
        assert {decision["action"] for decision in decisions} == {"block"}, decisions


@pytest.mark.parametrize("case", FORMS)
def test_what_is_refused_by_form_is_refused_with_an_ordinary_picture_too(
    bench: Bench, case: Http2Case
) -> None:
    send(bench, case, ordinary())
    assert not oracle.shows(bench.upstream.received, oracle.canaries(ordinary()))


@pytest.mark.parametrize("case", EACH)
def test_the_benign_twin(bench: Bench, case: Http2Case) -> None:
    case = legal(case)
    statuses = send(bench, case, ordinary())
    assert statuses == [200]
    if not case.drops:
        assert bench.upstream.requests[-1][2] in (ordinary(), b"{}")
