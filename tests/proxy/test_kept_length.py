"""Uploads whose length was promised before they travel: cleaned, they arrive in as many bytes, or not at all.

Real clients, real TLS, and a recording service that is as strict about lengths as the real ones. A picture that
arrives is opened there: it has the promised length, its writing is painted over, and nothing in it names the patient.
"""

import base64
import hashlib
import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import boto3
import httpx
import numpy as np
import openai
import pydicom
import pytest
from botocore.config import Config
from google import genai
from google.genai import errors, types
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from gateway.policy import SHIPPED
from tests.layouts import FONT_FOLDER
from tests.support.gateways import GatewayProcess
from tests.support.scans import ct_png, dicom
from tests.support.services import HOSTS, Services
from tests.support.upstream import RecordingUpstream

NAME: Final = "QUILLFEATHER MARISOL"
PLACE: Final = (12, 12)
KEPT: Final = """because: Medical images go on without what names the patient, in as many bytes as were promised.
to: {to}
found: medical-image
do: redact
with: {{keep_length: {kept}}}
"""
REPLACED: Final = {"public": "medical-images-to-public-ai.yaml", "storage": "medical-images-to-storage.yaml"}


def written_on(image: Image.Image) -> Image.Image:
    font = ImageFont.truetype(str(FONT_FOLDER / "dejavu/DejaVuSans.ttf"), 22)
    ImageDraw.Draw(image).text(PLACE, NAME, 255, font)
    return image


def picture(kind: str) -> bytes:
    """A CT slice as a picture, with a name drawn into it and one written beside the pixels."""
    with Image.open(io.BytesIO(ct_png())) as opened:
        image = written_on(opened.convert("L"))
    out = io.BytesIO()
    if kind == "PNG":
        said = PngInfo()
        said.add_text("Patient", NAME)
        image.save(out, "PNG", pnginfo=said)
    else:
        image.save(out, kind, quality=92, comment=NAME.encode())
    return out.getvalue()


def clean_png(arrived: bytes) -> None:
    with Image.open(io.BytesIO(arrived)) as image:
        image.load()
        ink = np.asarray(written_on(Image.new("L", image.size))) > 0
        seen = np.asarray(image.convert("L"))
        assert seen[ink].max() < 60  # black, but for what JPEG adds
        assert seen[~ink].max() > 200  # the slice is still there
        assert not image.getexif()


def clean_dicom(arrived: bytes) -> None:
    scan = pydicom.dcmread(io.BytesIO(arrived))
    assert (scan.PatientIdentityRemoved, scan.Rows) == ("YES", 128)
    assert np.array_equal(scan.pixel_array, pydicom.dcmread(io.BytesIO(dicom())).pixel_array)


type Check = Callable[[bytes], None]
FILES: Final[dict[str, tuple[Callable[[], bytes], Check]]] = {
    "png": (lambda: picture("PNG"), clean_png),
    "jpeg": (lambda: picture("JPEG"), clean_png),
    "dicom": (dicom, clean_dicom),
}


@pytest.fixture(scope="module")
def services() -> Services:
    return Services()


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory, services: Services) -> Iterator[RecordingUpstream]:
    with RecordingUpstream(tmp_path_factory.mktemp("upstream"), *HOSTS, service=services) as running:
        yield running


@pytest.fixture(autouse=True)
def _forget(upstream: RecordingUpstream, services: Services) -> None:
    upstream.clear()
    services.clear()


def running(folder: Path, upstream: RecordingUpstream, kept: str) -> GatewayProcess:
    rules = folder / "rules"
    shutil.copytree(SHIPPED, rules, ignore=shutil.ignore_patterns("sets", "destinations.yaml"))
    for to, name in REPLACED.items():
        (rules / name).write_text(KEPT.format(to=to, kept=kept))
    return GatewayProcess(folder / "state", upstream, "--rules", str(rules))


@pytest.fixture(scope="module")
def keeping(
    tmp_path_factory: pytest.TempPathFactory, upstream: RecordingUpstream
) -> Iterator[GatewayProcess]:
    """A gateway whose rules ask for the same length."""
    with running(tmp_path_factory.mktemp("keeping"), upstream, "true") as gateway:
        yield gateway


@pytest.fixture(scope="module")
def changing(
    tmp_path_factory: pytest.TempPathFactory, upstream: RecordingUpstream
) -> Iterator[GatewayProcess]:
    """A gateway whose rules do not."""
    with running(tmp_path_factory.mktemp("changing"), upstream, "false") as gateway:
        yield gateway


def presigned(data: bytes, *, checksum: bool = False) -> tuple[str, dict[str, str]]:
    """An address that AWS' own library signed for exactly this length, and the headers to send with it."""
    settings = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
    s3 = boto3.client(
        "s3", region_name="us-east-1", aws_access_key_id="A", aws_secret_access_key="s", config=settings
    )
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    said = {"ChecksumSHA256": digest} if checksum else {}
    asked = {"Bucket": "bucket", "Key": "scan", "ContentLength": len(data)} | said
    url = s3.generate_presigned_url("put_object", Params=asked)
    assert "content-length" in url
    return url, {"x-amz-checksum-sha256": digest} if checksum else {}


def to_bucket(gateway: GatewayProcess, data: bytes, *, checksum: bool = False) -> httpx.Response:
    url, headers = presigned(data, checksum=checksum)
    with gateway.client() as web:
        return web.put(url, content=data, headers=headers)


def to_gemini(gateway: GatewayProcess, data: bytes, kind: str) -> int | None:
    web = {"proxy": f"http://{gateway.proxy}", "verify": gateway.context()}
    with genai.Client(api_key="k", http_options=types.HttpOptions(client_args=web)) as client:
        return client.files.upload(file=io.BytesIO(data), config={"mime_type": kind}).size_bytes


def to_openai(gateway: GatewayProcess, data: bytes, kind: str) -> str:
    web = openai.DefaultHttpxClient(proxy=f"http://{gateway.proxy}", verify=gateway.context())
    with openai.OpenAI(api_key="k", http_client=web) as client:
        return client.uploads.upload_file_chunked(
            file=data, filename="scan", bytes=len(data), mime_type=kind, purpose="vision", part_size=15_000
        ).status


def arrived(services: Services, data: bytes, check: Check) -> None:
    (found,) = services.files
    assert len(found) == len(data)
    assert found != data
    for word in (*NAME.split(), "CompressedSamples"):
        assert word.lower().encode() not in found.lower()
    check(found)


@pytest.mark.parametrize("kind", FILES)
def test_a_presigned_put_of_a_signed_length_arrives_clean(
    keeping: GatewayProcess, services: Services, kind: str
) -> None:
    make, check = FILES[kind]
    assert to_bucket(keeping, make()).status_code == 201
    arrived(services, make(), check)


@pytest.mark.parametrize("kind", FILES)
def test_a_resumable_upload_of_a_declared_length_arrives_clean(
    keeping: GatewayProcess, services: Services, kind: str
) -> None:
    make, check = FILES[kind]
    assert to_gemini(keeping, make(), f"image/{kind}") == len(make())
    arrived(services, make(), check)


@pytest.mark.parametrize("kind", FILES)
def test_parts_of_a_promised_total_arrive_clean(
    keeping: GatewayProcess, services: Services, kind: str
) -> None:
    make, check = FILES[kind]
    assert to_openai(keeping, make(), f"image/{kind}") == "completed"
    arrived(services, make(), check)


def test_a_signed_checksum_of_the_content_is_refused_and_says_so(
    keeping: GatewayProcess, upstream: RecordingUpstream
) -> None:
    answer = to_bucket(keeping, picture("PNG"), checksum=True)
    assert (answer.status_code, upstream.received) == (403, b"")
    assert "signature" in answer.text


@pytest.mark.parametrize("kind", FILES)
def test_without_the_option_a_signed_length_is_refused_and_says_so(
    changing: GatewayProcess, upstream: RecordingUpstream, kind: str
) -> None:
    answer = to_bucket(changing, FILES[kind][0]())
    assert (answer.status_code, upstream.received) == (403, b"")
    assert "signature" in answer.text


def test_a_format_without_room_is_refused_and_says_so(
    keeping: GatewayProcess, upstream: RecordingUpstream, services: Services
) -> None:
    deflated = dicom("image_dfl.dcm")
    answer = to_bucket(keeping, deflated)
    assert (answer.status_code, upstream.received) == (403, b"")
    assert "another length" in answer.text
    with pytest.raises(errors.ClientError) as caught:
        to_gemini(keeping, deflated, "application/dicom")
    assert "another length" in str(caught.value.message)
    with pytest.raises(openai.PermissionDeniedError) as refused:
        to_openai(keeping, deflated, "application/dicom")
    assert "another length" in refused.value.message
    assert (services.files, services.parts) == ([], {})
