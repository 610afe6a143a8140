"""A reviewer at a browser: from the sign-in to a verdict, an exemption and a proof, and no page shuts anybody out."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from gateway.audit.opening import key_path
from tests.pages.test_browser import CHROMIUM
from tests.review.desk import PASSWORD
from tests.support.gateways import GatewayProcess
from tests.support.scans import ct_png, dicom
from tests.support.upstream import RecordingUpstream

HOST = "api.openai.com"
VERIFIER = Path(__file__).parents[2] / "docs" / "verify_inclusion.py"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    folder = tmp_path_factory.mktemp("desk")
    with RecordingUpstream(folder, HOST) as upstream, GatewayProcess(folder / "state", upstream) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser, gateway: GatewayProcess) -> Iterator[Page]:
    context = browser.new_context(base_url=f"http://{gateway.review}", locale="en-GB")
    yield context.new_page()
    context.close()


def leadglass(*arguments: str, given: str = "") -> str:
    command = [sys.executable, "-m", "gateway", *arguments]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout


def sign_in(page: Page, gateway: GatewayProcess, name: str) -> None:
    state = ("--state", str(gateway.state))
    shown = leadglass(
        "review", "account", "add", name, "--role", "reviewer", *state, "--password-stdin", given=PASSWORD
    )
    code = pyotp.parse_uri(shown.strip())
    assert isinstance(code, pyotp.TOTP)
    page.goto("/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Six digits").fill(code.now())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")


def stopped(gateway: GatewayProcess, scan: bytes) -> str:
    with gateway.client() as client:
        answer = client.post(f"https://{HOST}/v1/files", files={"file": ("x", scan)})
        assert answer.status_code == 403
        return str(answer.headers["leadglass-id"])


def barriers(page: Page) -> list[str]:
    """What axe-core holds against a page, all its rules asked: which rule, and where."""
    answer = Axe().run(page).response
    assert answer["passes"]
    return [f"{one['id']}: {node['target']}" for one in answer["violations"] for node in one["nodes"]]


def test_from_the_sign_in_to_verdict_exemption_export_and_proof(
    page: Page, gateway: GatewayProcess, tmp_path: Path
) -> None:
    audit_id, state = stopped(gateway, ct_png()), str(gateway.state)
    leadglass("exempt", "give-reason", audit_id, "--reason", "no-patient", "--state", state)
    page.goto("/")
    assert "Nobody can sign in" in page.inner_text("main")
    sign_in(page, gateway, "jana")
    page.get_by_role("link", name="Decisions", exact=True).click()
    page.locator(f"main a[href$='/{audit_id}']").first.click()
    assert "was not sent" in page.inner_text("main")
    page.get_by_role("button", name="It was not medical").click()
    page.get_by_text("It was not medical (jana").wait_for()
    page.get_by_role("link", name="Exemptions").click()
    page.get_by_role("button", name="Let it pass").click()
    page.get_by_text("granted (jana)").wait_for()
    with gateway.client() as client:
        again = client.post(f"https://{HOST}/v1/files", files={"file": ("x", ct_png())})
    assert again.status_code == 200
    page.get_by_role("link", name="Export").click()
    with page.expect_download() as saved:
        page.get_by_role("link", name=re.compile("NDJSON|ndjson")).click()
    lines = saved.value.path().read_text("utf-8").splitlines()
    assert audit_id in {json.loads(line)["id"] for line in lines}
    proof = tmp_path / "proof.json"
    for _ in range(40):  # a decision is signed within a second or two
        answer = page.request.get(f"/decisions/{audit_id}/proof.json")
        if answer.status == 200:
            break
        page.wait_for_timeout(500)
    proof.write_bytes(answer.body())
    key = str(key_path(gateway.state, "gateway-1"))
    command = [sys.executable, str(VERIFIER), str(proof), key]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    page.get_by_role("link", name=re.compile("Sign out")).click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    events = [
        json.loads(line).get("event")
        for line in leadglass("audit", "list", "--json", "--events", "--state", state).splitlines()
    ]
    assert {"sign-in", "record-read", "record-exported", "review-decision", "exemption-granted"} <= set(
        events
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_of_the_desk_shuts_anybody_out(page: Page, gateway: GatewayProcess, scheme: str) -> None:
    audit_id = stopped(gateway, dicom())  # the other scan may pass by now
    leadglass(
        "exempt",
        "give-reason",
        audit_id,
        "--reason",
        "no-patient",
        "--text",
        "a phantom",
        "--state",
        str(gateway.state),
    )
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto("/sign-in")
    found = {"sign-in": barriers(page)}
    sign_in(page, gateway, f"axe-{scheme}")
    for path in (
        "/",
        "/decisions",
        f"/decisions/{audit_id}",
        "/exemptions",
        "/rules",
        "/integrity",
        "/export",
        "/report",
        "/sign-out",
        "/decisions/nowhere",
    ):
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        found[path] = barriers(page)
    page.goto("/rules")
    page.locator("main table a").first.click()
    found["rule set"] = barriers(page)
    assert not any(found.values()), found
