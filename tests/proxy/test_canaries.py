"""Ten thousand names of patients pass through a gateway that is then killed: none of them is in anything it leaves behind."""

import base64
import contextlib
import io
import os
import random
import signal
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import httpx
import pydicom
import pytest
from PIL import Image, PngImagePlugin

from tests.support.gateways import GatewayProcess
from tests.support.postgres import PostgresServer
from tests.support.scans import ct_png, dicom
from tests.support.upstream import RecordingUpstream

HOST = "api.openai.com"
NAME = "Quivelstein"
"""Every planted name begins like this, so whoever looks for it looks for all of them."""
TENS = ("PatientName", "PatientID", "AccessionNumber", "ReferringPhysicianName", "InstitutionName", "StudyDescription",
        "OperatorsName", "PatientComments", "OtherPatientIDs", "StationName")  # fmt: skip


class Planted:
    """Counts what was planted."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> str:
        self.count += 1
        return f"{NAME}{self.count:05}"

    def many(self, number: int) -> str:
        return " ".join(self() for _ in range(number))


def scan(new: Planted) -> bytes:
    data = pydicom.dcmread(io.BytesIO(dicom()))
    for keyword in TENS:
        setattr(data, keyword, new())
    made = io.BytesIO()
    data.save_as(made)
    return made.getvalue()


def picture(new: Planted) -> bytes:
    notes = PngImagePlugin.PngInfo()
    for keyword in ("Title", "Author", "Description", "Comment", "Source"):
        notes.add_text(keyword, new())
    made = io.BytesIO()
    Image.open(io.BytesIO(ct_png())).save(made, "PNG", pnginfo=notes)
    return made.getvalue()


def requests(new: Planted) -> Iterator[tuple[str, dict[str, object]]]:
    """Chats, forms, files, headers, addresses, and what no parser understands."""
    for _ in range(40):
        text = {"model": "gpt-5", "messages": [{"role": "user", "content": new.many(165)}]}
        yield "/v1/chat/completions", {"json": text, "headers": {"X-Patient": new(), "Cookie": f"p={new()}"}}
    for _ in range(20):
        files = [("file", (f"{new()}.txt", new.many(40).encode())) for _ in range(2)]
        yield "/v1/files", {"files": files, "data": {"purpose": new(), new(): new()}}
    for _ in range(20):
        yield "/v1/files", {"files": {"file": (f"{new()}.dcm", scan(new))}}
        uri = "data:image/png;base64," + base64.b64encode(picture(new)).decode()
        content = [{"type": "text", "text": new.many(20)}, {"type": "image_url", "image_url": {"url": uri}}]
        yield (
            "/v1/chat/completions",
            {"json": {"model": "gpt-5", "messages": [{"role": "user", "content": content}]}},
        )
    for _ in range(20):
        yield (
            f"/v1/files/{new()}?patient={new()}",
            {"headers": {"Authorization": f"Bearer {new()}", "User-Agent": new()}},
        )
    broken = (
        b'{"a":',
        b"\x89PNG\r\n\x1a\n",
        b"PK\x03\x04",
        b"%PDF-1.7\n",
        b"--b\r\n",
        b"<?xml",
        b"\x1f\x8b\x08",
        b"DICM",
    )
    labels = ("application/json", "image/png", "application/zip", "application/pdf", "multipart/form-data; boundary=b",
              "text/xml", "application/gzip", "application/dicom")  # fmt: skip
    for start, label in zip(broken, labels, strict=True):
        for coding in ("identity", "gzip"):
            body = start + new.many(60).encode()
            yield (
                "/v1/files",
                {"content": body, "headers": {"Content-Type": label, "Content-Encoding": coding}},
            )


def spellings(text: str) -> list[bytes]:
    """A name as it is, in UTF-16, in hexadecimal, in percent signs, and in base64 at each of its three places."""
    plain = text.encode()
    sixties = [base64.b64encode(b"x" * skip + plain)[4 if skip else 0 : -4].rstrip(b"=") for skip in range(3)]
    percents = "".join(f"%{byte:02X}" for byte in plain).encode()
    return [plain, plain.lower(), text.encode("utf-16-le"), text.encode("utf-16-be"), plain.hex().encode(),
            urllib.parse.quote(text).encode(), percents, *sixties]  # fmt: skip


def found_in(folder: Path, wanted: list[bytes]) -> list[str]:
    found = []
    for place in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            if place.is_file() and any(one in place.read_bytes() for one in wanted):
                found.append(str(place.relative_to(folder)))
    return found


def test_the_search_finds_a_name_in_every_spelling(tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(40)
    written = [
        NAME.encode("utf-16-le"),
        NAME.encode().hex().encode(),
        *(base64.b64encode(noise[:skip] + NAME.encode() + noise) for skip in range(3)),
    ]
    for number, each in enumerate(written):
        (tmp_path / str(number)).write_bytes(b"before " + each + b" after")
    assert len(found_in(tmp_path, spellings(NAME))) == len(written)


@pytest.mark.parametrize("kind", ["files", "database"])
def test_of_ten_thousand_names_none_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    new, scratch = Planted(), tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    answers: dict[int, int] = {}
    with contextlib.ExitStack() as stack:
        places = [tmp_path / "state", scratch]
        if kind == "database":
            server = stack.enter_context(PostgresServer())
            monkeypatch.setenv("LEADGLASS_RECORD", server.record())
            places.append(server.folder)
        (tmp_path / "upstream").mkdir()
        upstream = stack.enter_context(RecordingUpstream(tmp_path / "upstream", HOST))
        with GatewayProcess(tmp_path / "state", upstream) as gateway:
            with gateway.client() as client:
                for path, more in requests(new):
                    answer = client.post(f"https://{HOST}{path}", **more)  # type: ignore[arg-type]
                    answers[answer.status_code] = answers.get(answer.status_code, 0) + 1
                workers = list(_workers(gateway.process.pid))
                assert workers
                for pid in workers:
                    os.kill(pid, signal.SIGKILL)
                with contextlib.suppress(httpx.HTTPError):
                    client.post(f"https://{HOST}/v1/files", files={"file": ("x.dcm", scan(new))})
            gateway.kill()
        with GatewayProcess(tmp_path / "state", upstream) as gateway, gateway.client() as client:
            client.post(f"https://{HOST}/v1/files", files={"file": (f"{new()}.dcm", scan(new))})
        assert new.count >= 10_000
        assert answers[200] >= 40
        assert answers[403] >= 40
        left = {str(place): found_in(place, spellings(NAME)) for place in places}
        assert not any(left.values()), left
    assert not any(one in gateway.log.read_bytes() for one in spellings(NAME))


def _workers(pid: int) -> Iterator[int]:
    """The processes that open files, below a gateway's own."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (thread / "children").read_text().split()):
            if b"gateway.workers" in Path(f"/proc/{child}/cmdline").read_bytes():
                below = list(_workers(child))
                yield from below or [child]
