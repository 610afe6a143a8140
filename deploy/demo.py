"""The main job, end to end, on real files: `make demo`.

Starts the gateway as users do, a stand-in for the AI services beside it, uploads real images with real clients through
the proxy, and prints one line an upload: what was sent, what became of it, why. Needs no internet.
"""

import base64
import io
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import anthropic
import numpy as np
import openai
import pydicom
import pydicom.data
import requests
from PIL import Image, ImageDraw
from standin import StandIn

from gateway.policy import SHIPPED

ACCOUNT = "org-radiology"
HOSTS = ("api.openai.com", "api.anthropic.com", "generativelanguage.googleapis.com", "chatgpt.com")


@dataclass(frozen=True, slots=True)
class Upload:
    """One line of the demonstration."""

    what: str
    client: str
    host: str
    send: Callable[[], str]  # returns the client's own words
    payload: bytes


def scan() -> bytes:
    """A real DICOM file: a CT slice that comes with pydicom."""
    return Path(str(pydicom.data.get_testdata_file("CT_small.dcm", download=False))).read_bytes()


def scan_as_png() -> bytes:
    """The same slice as people export it: window, enlarge, save as PNG."""
    pixels = pydicom.dcmread(io.BytesIO(scan())).pixel_array.astype(float)
    low, high = np.percentile(pixels, (1, 99))
    grey = (np.clip((pixels - low) / (high - low), 0, 1) * 255).astype(np.uint8)
    return _encoded(Image.fromarray(grey).resize((512, 512), Image.Resampling.BICUBIC), "PNG")


def labelled() -> bytes:
    """The PNG with a name burned into the pixels, as many viewers export it."""
    image = Image.open(io.BytesIO(scan_as_png())).convert("L")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 512, 40), fill=0)
    draw.text((12, 8), "DOE^JANE  1970-03-12", fill=255, font_size=24)
    return _encoded(image, "PNG")


def holiday() -> bytes:
    """An ordinary picture: sky, sea, sun and a beach, with a photograph's grain."""
    image = Image.new("RGB", (960, 640))
    draw = ImageDraw.Draw(image)
    for y in range(640):
        colour = (90 + y // 8, 150 + y // 10, 225) if y < 300 else (20, 90 + (y - 300) // 6, 140)
        draw.line((0, y, 960, y), fill=colour)
    draw.ellipse((690, 60, 790, 160), fill=(255, 235, 130))
    draw.polygon([(0, 640), (0, 520), (420, 470), (960, 560), (960, 640)], fill=(226, 202, 150))
    draw.polygon([(380, 360), (470, 360), (450, 385), (395, 385)], fill=(120, 60, 40))
    draw.polygon([(425, 250), (425, 355), (480, 355)], fill=(245, 245, 245))
    grain = np.random.default_rng(3).normal(0, 5, (640, 960, 3))
    return _encoded(Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8)), "JPEG")


def _encoded(image: Image.Image, name: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, name)
    return buffer.getvalue()


def uploads(proxy: str, ca: str, folder: Path) -> Iterator[Upload]:
    """Every upload of the demonstration, in the order in which it is shown."""
    context = ssl.create_default_context(cafile=ca)
    gpt = openai.OpenAI(api_key="demo", http_client=openai.DefaultHttpxClient(proxy=proxy, verify=context))
    claude = anthropic.Anthropic(
        api_key="demo", http_client=anthropic.DefaultHttpxClient(proxy=proxy, verify=context)
    )
    session = requests.Session()
    session.trust_env = False  # the environment may name another CA bundle
    session.proxies, session.verify = {"https": proxy}, ca
    dicom, png, photo = scan(), scan_as_png(), holiday()

    def file_upload(data: bytes, name: str) -> Callable[[], str]:
        return lambda: str(gpt.files.create(file=(name, data), purpose="user_data").object)

    def chat(data: bytes, mime: str) -> Callable[[], str]:
        url = f"data:{mime};base64,{base64.b64encode(data).decode()}"
        content = [
            {"type": "text", "text": "What is this?"},
            {"type": "image_url", "image_url": {"url": url}},
        ]
        message = {"role": "user", "content": content}
        return lambda: str(
            gpt.chat.completions.create(model="m", messages=[message]).choices[0].message.content
        )  # type: ignore[list-item]  # a plain dict is what users write

    def ask_claude(data: bytes, mime: str) -> Callable[[], str]:
        source = {"type": "base64", "media_type": mime, "data": base64.b64encode(data).decode()}
        message = {"role": "user", "content": [{"type": "image", "source": source}]}
        return lambda: str(claude.messages.create(model="m", max_tokens=5, messages=[message]).content[0])  # type: ignore[list-item]

    def form(data: bytes, name: str) -> Callable[[], str]:
        return lambda: (
            session.post(
                "https://chatgpt.com/backend-api/files", files={"file": (name, data)}, timeout=60
            ).text
        )

    def curl(data: bytes, name: str) -> Callable[[], str]:
        (folder / name).write_bytes(data)
        url = "https://generativelanguage.googleapis.com/upload/v1beta/files"
        command = ["curl", "-s", "--proxy", proxy, "--cacert", ca, "--data-binary", f"@{folder / name}", url]
        return lambda: subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    def words() -> str:
        message = {"role": "user", "content": "Write a friendly reminder for flu shots."}
        return str(gpt.chat.completions.create(model="m", messages=[message]).choices[0].message.content)  # type: ignore[list-item]

    yield Upload("DICOM file, a CT slice", "openai files", HOSTS[0], file_upload(dicom, "IM0001"), dicom)
    yield Upload(
        "the same slice as a PNG", "openai chat", HOSTS[0], chat(png, "image/png"), base64.b64encode(png)
    )
    yield Upload(
        "the same slice as a PNG", "anthropic", HOSTS[1], ask_claude(png, "image/png"), base64.b64encode(png)
    )
    yield Upload("DICOM named holiday.jpg in a form", "requests", HOSTS[3], form(dicom, "holiday.jpg"), dicom)
    yield Upload("DICOM as a raw body", "curl", HOSTS[2], curl(dicom, "raw.bin"), dicom)
    yield Upload(
        "an ordinary photograph", "openai chat", HOSTS[0], chat(photo, "image/jpeg"), base64.b64encode(photo)
    )
    yield Upload("an ordinary photograph in a form", "requests", HOSTS[3], form(photo, "beach.jpg"), photo)
    yield Upload("a question without a picture", "openai chat", HOSTS[0], words, b"flu shots")


def uploads_under_agreement(proxy: str, ca: str) -> Iterator[Upload]:
    """What a clinician sends from the account that the agreement covers."""
    web = openai.DefaultHttpxClient(proxy=proxy, verify=ssl.create_default_context(cafile=ca))
    gpt = openai.OpenAI(api_key="demo", organization=ACCOUNT, http_client=web)
    picture = labelled()
    send = lambda: str(gpt.files.create(file=("DOE_JANE.png", picture), purpose="vision").object)  # noqa: E731
    yield Upload("a CT slice with a name burned in", "openai files", HOSTS[0], send, picture)
    file = scan()
    send_file = lambda: str(gpt.files.create(file=("IM0001", file), purpose="user_data").object)  # noqa: E731
    yield Upload("DICOM file, a CT slice", "openai files", HOSTS[0], send_file, file)


def agreement(folder: Path) -> Path:
    """The shipped rules, and one agreement for one account beside them."""
    rules = folder / "rules"
    rules.mkdir()
    for path in SHIPPED.glob("*.yaml"):
        shutil.copy(path, rules)
    (rules / "organisation.yaml").write_text(
        f"agreements:\n  - {{provider: openai, id: demo, until: 2099-12-31, accounts: ['header:{ACCOUNT}']}}\n"
    )
    return rules


@contextmanager
def running(state: Path, stand_in: StandIn, *more: str) -> Iterator[dict[str, str]]:
    """`leadglass serve` on its embedded defaults; yields its ready line."""
    command = [
        sys.executable, "-m", "gateway", "serve", "--listen", "127.0.0.1:0", "--review", "127.0.0.1:0", "--state", str(state),
        "--connect-to", f"*:443=127.0.0.1:{stand_in.port}", "--upstream-ca", str(stand_in.ca), *more,
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


def show(upload: Upload, stand_in: StandIn) -> str:
    """Send one upload and print what became of it."""
    stand_in.bodies.clear()
    try:
        said = upload.send()
    except (openai.APIStatusError, anthropic.APIStatusError) as refusal:
        said = f"{type(refusal).__name__}: {refusal.message}"
    arrived = b"".join(stand_in.bodies)
    if not arrived:
        verdict = "blocked"
    elif upload.payload in arrived:
        verdict = "allowed"
    else:
        verdict = "redacted"
    print(
        f"{verdict.upper():9} {upload.what:34} {upload.client:13} → {upload.host:34} {len(arrived):7} bytes arrived"
    )
    if verdict == "blocked":
        print(textwrap.fill(" ".join(said.split()), 120, initial_indent=" " * 10, subsequent_indent=" " * 10))
    return verdict


def main() -> int:
    """Show every upload, verify the record, say where to look; 0 when all went as it must."""
    with tempfile.TemporaryDirectory(prefix="leadglass-demo-") as name:
        folder = Path(name)
        state = folder / "state"
        with StandIn(folder, *HOSTS) as stand_in:
            print(f"A stand-in answers for {', '.join(HOSTS)}.\n\nThe gateway on its embedded defaults:")
            with running(state, stand_in) as ready:
                verdicts = [
                    show(one, stand_in) for one in uploads(f"http://{ready['proxy']}", ready["ca"], folder)
                ]
            print(f"\nThe same with an agreement for the account {ACCOUNT}:")
            with running(state, stand_in, "--rules", str(agreement(folder))) as ready:
                agreed = uploads_under_agreement(f"http://{ready['proxy']}", ready["ca"])
                verdicts += [show(one, stand_in) for one in agreed]
                print(
                    f"\nWhile a gateway runs, its review pages are at http://{ready['review']}/ (`make run` keeps one running;"
                    "\n`leadglass review account add NAME --role admin` lets you in)."
                )
        verify = [sys.executable, "-m", "gateway", "audit", "verify", "--state", str(folder / "state")]
        verified = subprocess.run(verify, capture_output=True, text=True, check=False, env={**os.environ})
        print(verified.stdout.rstrip() or verified.stderr.rstrip())
    counts = [sum(verdict == wanted for verdict in verdicts) for wanted in ("allowed", "redacted", "blocked")]
    record = "verified" if verified.returncode == 0 else "NOT VERIFIED"
    expected = verdicts == ["blocked"] * 5 + ["allowed"] * 3 + ["redacted"] * 2
    print(
        f"demo: {len(verdicts)} uploads, {counts[0]} allowed, {counts[1]} redacted, {counts[2]} blocked, audit {record}"
    )
    return 0 if expected and verified.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
