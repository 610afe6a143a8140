"""A person at a browser: proxy file and certificate from the start page, three ways to upload, one click to the reason."""

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

from tests.support.gateways import GatewayProcess
from tests.support.scans import ct_png, dicom, landscape
from tests.support.upstream import RecordingUpstream

CHROMIUM = "/usr/bin/chromium"
HOST = "chatgpt.com"
SITE = b"""<!doctype html><title>A service</title>
<form method="post" action="/upload" enctype="multipart/form-data"><input type="file" id="file" name="file"><button id="form">form</button></form>
<button id="fetch">fetch</button><button id="xhr">xhr</button><pre id="answer"></pre>
<script>
const data = () => { const form = new FormData(); form.append("file", document.getElementById("file").files[0]); return form; };
const show = (status, text) => { document.getElementById("answer").textContent = status + " " + text; };
document.getElementById("fetch").onclick = () => fetch("/upload", {method: "POST", body: data()}).then(async r => show(r.status, await r.text()));
document.getElementById("xhr").onclick = () => { const x = new XMLHttpRequest(); x.open("POST", "/upload"); x.onload = () => show(x.status, x.responseText); x.send(data()); };
</script>"""


def service(method: bytes, target: bytes, *_: object) -> tuple[int, tuple[tuple[bytes, bytes], ...], bytes]:
    if method == b"GET":
        return 200, ((b"content-type", b"text/html"),), SITE
    return 200, ((b"content-type", b"text/plain"),), b"thank you"


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordingUpstream]:
    with RecordingUpstream(tmp_path_factory.mktemp("upstream"), HOST, service=service) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(
    tmp_path_factory: pytest.TempPathFactory, upstream: RecordingUpstream
) -> Iterator[GatewayProcess]:
    with GatewayProcess(tmp_path_factory.mktemp("gateway") / "state", upstream) as running:
        yield running


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(
    tmp_path_factory: pytest.TempPathFactory, gateway: GatewayProcess, playwright: Playwright
) -> Iterator[BrowserContext]:
    """Chromium as somebody sets it up from the start page: its proxy file, and trust in its certificate alone."""
    authority = x509.load_pem_x509_certificate(httpx.get(f"http://{gateway.proxy}/leadglass-ca.pem").content)
    key = authority.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pin = base64.b64encode(hashlib.sha256(key).digest()).decode()
    context = playwright.chromium.launch_persistent_context(
        str(tmp_path_factory.mktemp("profile")),
        executable_path=CHROMIUM,
        args=[
            "--no-sandbox",
            f"--proxy-pac-url=http://{gateway.proxy}/proxy.pac",
            f"--ignore-certificate-errors-spki-list={pin}",
        ],
        color_scheme="light",
    )
    context.set_default_timeout(60_000)
    yield context
    context.close()


@pytest.fixture
def page(browser: BrowserContext, upstream: RecordingUpstream) -> Iterator[Page]:
    opened = browser.new_page()
    opened.goto(f"https://{HOST}/")
    upstream.clear()
    yield opened
    opened.close()


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "scan.png"
    path.write_bytes(ct_png())
    return path


def uploads(upstream: RecordingUpstream) -> list[bytes]:
    return [body for method, _, body in upstream.requests if method == b"POST"]


@pytest.mark.parametrize("way", ["fetch", "xhr"])
def test_a_script_that_uploads_a_scan_is_told_no_in_words(
    page: Page, upstream: RecordingUpstream, scan: Path, way: str
) -> None:
    page.set_input_files("#file", scan)
    page.click(f"#{way}")
    page.wait_for_function("document.getElementById('answer').textContent")
    answer = page.inner_text("#answer")
    assert answer.startswith("403")
    assert "http://leadglass.internal/upload/" in answer
    assert uploads(upstream) == []


@pytest.mark.parametrize("way", ["fetch", "xhr"])
def test_an_ordinary_picture_arrives(
    page: Page, upstream: RecordingUpstream, tmp_path: Path, way: str
) -> None:
    picture = tmp_path / "hills.png"
    picture.write_bytes(landscape())
    page.set_input_files("#file", picture)
    page.click(f"#{way}")
    page.wait_for_function("document.getElementById('answer').textContent")
    assert page.inner_text("#answer") == "200 thank you"
    assert landscape() in uploads(upstream)[0]


def test_from_the_refusal_to_the_explanation_in_one_click_and_a_reason_in_three(
    page: Page, upstream: RecordingUpstream, gateway: GatewayProcess, scan: Path
) -> None:
    page.set_input_files("#file", scan)
    page.click("#form")
    page.get_by_role("link", name="See what was found").click()
    page.wait_for_url("http://leadglass.internal/upload/*")
    assert "CT scan" in page.inner_text("main")
    page.get_by_label("This is not a medical picture").check()
    page.get_by_role("button", name="Send").click()
    page.get_by_role("status").wait_for()
    assert "You have given a reason." in page.inner_text("[role=status]")
    assert any(one.get("event") == "exemption-asked" for one in gateway.entries("--events"))
    assert uploads(upstream) == []


def test_a_file_is_tried_on_the_page(page: Page, scan: Path) -> None:
    page.goto("http://leadglass.internal/try")
    page.set_input_files("#file", scan)
    page.get_by_role("button", name="ChatGPT").click()
    assert "It would not be sent." in page.inner_text(".verdict")


def test_the_check_says_that_this_browser_is_protected(page: Page) -> None:
    page.goto("http://leadglass.internal/")
    assert page.get_by_text("Yes, this browser is protected.").is_visible()
    assert not page.get_by_text("No, not yet.").is_visible()
    page.get_by_text("Check a single service by hand").click()
    page.get_by_role("link", name="ChatGPT").click()
    assert page.inner_text("h1") == "You are protected"


def test_the_check_says_no_to_a_browser_without_the_certificate(
    playwright: Playwright, gateway: GatewayProcess
) -> None:
    browser = playwright.chromium.launch(
        executable_path=CHROMIUM, args=["--no-sandbox", f"--proxy-pac-url=http://{gateway.proxy}/proxy.pac"]
    )
    page = browser.new_page(java_script_enabled=False)
    page.goto("http://leadglass.internal/", timeout=60_000)
    assert page.get_by_text("No, not yet.").is_visible()
    assert not page.get_by_text("Yes, this browser is protected.").is_visible()
    browser.close()


def test_no_script_is_needed_from_the_explanation_to_the_reason(
    playwright: Playwright, gateway: GatewayProcess
) -> None:
    with gateway.client() as client:
        answer = client.post(f"https://{HOST}/upload", files={"file": ("x.png", dicom())}).text
    link = re.search(r"http://leadglass\.internal/upload/\w+", answer)
    assert link
    browser = playwright.chromium.launch(
        executable_path=CHROMIUM, args=["--no-sandbox", f"--proxy-pac-url=http://{gateway.proxy}/proxy.pac"]
    )
    page = browser.new_page(java_script_enabled=False, locale="de-DE")
    page.set_default_timeout(60_000)
    page.goto(link[0])
    assert page.inner_text("h1").startswith("Dies wurde nicht gesendet.")
    page.get_by_label("Dies ist kein medizinisches Bild").check()
    page.locator("form > button").click()
    page.get_by_role("status").wait_for()
    assert page.url == link[0]
    browser.close()


def test_a_keyboard_is_enough(page: Page, scan: Path) -> None:
    page.set_input_files("#file", scan)
    page.click("#form")
    page.get_by_role("link", name="See what was found").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("http://leadglass.internal/upload/*")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.name || document.activeElement.tagName"))
    assert {"reason", "text", "BUTTON"} <= seen


def barriers(page: Page) -> list[str]:
    """What axe-core holds against a page, all its rules asked: which rule, and where."""
    answer = Axe().run(page).response
    assert answer["passes"]
    return [f"{one['id']}: {node['target']}" for one in answer["violations"] for node in one["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_shuts_anybody_out(page: Page, scan: Path, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_input_files("#file", scan)
    page.click("#form")
    page.get_by_role("link", name="See what was found").wait_for()
    found = {"refusal": barriers(page)}
    page.get_by_role("link", name="See what was found").click()
    page.wait_for_url("http://leadglass.internal/upload/*")
    found["upload"] = barriers(page)
    page.get_by_label("This is not a medical picture").check()
    page.get_by_role("button", name="Send").click()
    page.get_by_role("status").wait_for()
    found["reason given"] = barriers(page)
    for path in ("/", "/upload/", "/try"):
        page.goto(f"http://leadglass.internal{path}")
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        found[path] = barriers(page)
    page.goto(f"https://{HOST}/.well-known/leadglass-check")
    found["check"] = barriers(page)
    page.goto("http://leadglass.internal/try")
    page.set_input_files("#file", scan)
    page.get_by_role("button", name="ChatGPT").click()
    page.locator(".verdict").wait_for()
    found["tried"] = barriers(page)
    assert {name: told for name, told in found.items() if told} == {}


@pytest.mark.parametrize("path", ["/", "/upload/", "/try"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_fits_a_small_telephone_and_loads_nothing_from_elsewhere(
    page: Page, path: str, scheme: str
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"http://leadglass.internal{path}")
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    own = ("http://leadglass.internal/", "https://chatgpt.com/.well-known/leadglass-check")
    assert all(url.startswith(own) for url in asked)
    assert page.evaluate("document.querySelectorAll('h1').length") == 1
    assert page.evaluate("getComputedStyle(document.body).color") != page.evaluate(
        "getComputedStyle(document.body).backgroundColor"
    )
