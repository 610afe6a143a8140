"""`leadglass doctor`: proves, from a client's place, that uploads pass through the gateway and are stopped.

The canary is a made-up DICOM object without a patient. Where the gateway is not in the path it reaches the service,
which is what this command is for: better a canary than a scan.
"""

import base64
import gzip
import io
import json
import ssl
import struct
import sys
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import Final

import click

EXAMPLES = """\b
Examples:
  leadglass doctor                                             the proxy and CA of this machine's environment
  leadglass doctor --proxy http://gateway:8080 --ca leadglass-ca.pem
Exit codes: 0 every canary was stopped by the gateway; 1 at least one was not; 2 it could not be measured.
"""

STOPPED, LEAKED, UNMEASURED = "stopped", "LEAKED", "not measured"
BOUNDARY: Final = "leadglass-canary"


@click.command(epilog=EXAMPLES)
@click.option("--proxy", default=None, help="address of the gateway; the environment's proxy when not given")
@click.option(
    "--ca", type=click.Path(exists=True, path_type=Path), default=None, help="the gateway's certificate"
)
@click.option(
    "--to",
    "url",
    default="https://api.openai.com/v1/files",
    show_default=True,
    help="an inspected destination",
)
def doctor(proxy: str | None, ca: Path | None, url: str) -> None:
    """Send canaries towards an AI service and see whether the gateway stops them."""
    opener = _opener(proxy, ca)
    results = []
    for name, content_type, body in canaries():
        result, detail = _send(opener, url, content_type, body)
        results.append(result)
        colour = {STOPPED: "green", LEAKED: "red"}.get(result, "yellow")
        click.echo(f"{click.style(result, fg=colour):24} {name}: {detail}")
    if LEAKED in results:
        click.echo(
            "doctor: uploads from this machine reach the service unexamined; is the proxy set, is egress closed?",
            err=True,
        )
        sys.exit(1)
    if UNMEASURED in results:
        click.echo("doctor: not every canary could be sent; see the lines above", err=True)
        sys.exit(2)
    click.echo("doctor: every canary was stopped by the gateway")


def canary() -> bytes:
    """A DICOM object with no patient: preamble, file meta and a modality, explicit VR little endian."""
    meta = b"".join(
        (
            _element(0x0002, 0x0002, b"UI", b"1.2.840.10008.5.1.4.1.1.7\0"),
            _element(0x0002, 0x0003, b"UI", b"2.25.1\0\0"[:6]),
            _element(0x0002, 0x0010, b"UI", b"1.2.840.10008.1.2.1\0"),
        )
    )
    data = b"".join(
        (
            _element(0x0008, 0x0016, b"UI", b"1.2.840.10008.5.1.4.1.1.7\0"),
            _element(0x0008, 0x0018, b"UI", b"2.25.1"),
            _element(0x0008, 0x0060, b"CS", b"OT"),
            _element(0x0010, 0x0010, b"PN", b"LEADGLASS^CANARY"),
        )
    )
    length = _element(0x0002, 0x0000, b"UL", struct.pack("<I", len(meta)))
    return bytes(128) + b"DICM" + length + meta + data


def _element(group: int, number: int, vr: bytes, value: bytes) -> bytes:
    return struct.pack("<HH2sH", group, number, vr, len(value)) + value


def canaries() -> tuple[tuple[str, str, bytes], ...]:
    """Name, content type and body of each way the canary travels."""
    file = canary()
    form = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()
    image = {
        "type": "image_url",
        "image_url": {"url": f"data:image/png;base64,{base64.b64encode(file).decode()}"},
    }
    chat = {"model": "x", "messages": [{"role": "user", "content": [image]}]}
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("holiday.jpg", file)
    return (
        ("DICOM as a raw body", "application/octet-stream", file),
        (
            "DICOM in a form",
            f"multipart/form-data; boundary={BOUNDARY}",
            form + file + f"\r\n--{BOUNDARY}--\r\n".encode(),
        ),
        ("DICOM in a chat message", "application/json", json.dumps(chat).encode()),
        ("DICOM in a zip", "application/zip", archive.getvalue()),
        ("DICOM in gzip", "application/gzip", gzip.compress(file, mtime=0)),
    )


def _opener(proxy: str | None, ca: Path | None) -> urllib.request.OpenerDirector:
    context = ssl.create_default_context(cafile=str(ca) if ca else None)
    proxies = urllib.request.ProxyHandler({"https": proxy, "http": proxy} if proxy else None)
    return urllib.request.build_opener(proxies, urllib.request.HTTPSHandler(context=context))


def _send(opener: urllib.request.OpenerDirector, url: str, content_type: str, body: bytes) -> tuple[str, str]:
    headers = {"Content-Type": content_type, "User-Agent": "leadglass-doctor"}
    request = urllib.request.Request(url, body, headers)  # noqa: S310 - the administrator's own URL
    try:
        with opener.open(request, timeout=60) as answer:
            return LEAKED, f"answered {answer.status}"
    except urllib.error.HTTPError as answer:
        with answer:
            audit_id = answer.headers.get("Leadglass-Id")
            if audit_id and answer.code == 403:
                return STOPPED, f"refused by the gateway, record {audit_id}"
            return LEAKED, f"answered {answer.code} by somebody else"
    except (OSError, ssl.SSLError) as error:
        return UNMEASURED, f"no answer ({type(error).__name__})"
