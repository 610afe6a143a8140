"""The compose file: by the Compose Specification's own schema, and for what it promises."""

import asyncio
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import check_jsonschema
import jsonschema
import psycopg
import pytest
import yaml

from gateway.audit import Entry, keep_ledger
from gateway.enrol import open_authority
from tests.support.postgres import PostgresServer

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "compose"
FILE = yaml.safe_load((FOLDER / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
GATEWAYS = [name for name in SERVICES if name.startswith("gateway-")]


def validate(compose: object) -> None:
    vendor = Path(check_jsonschema.__file__).parent / "builtin_schemas" / "vendor"
    schema = json.loads((vendor / "compose-spec.json").read_text())
    jsonschema.validators.validator_for(schema)(schema).validate(compose)


def test_the_file_is_as_the_specification_says() -> None:
    validate(FILE)
    for wrong in (
        {"services": {"a": {"image": "x", "read_onli": True}}},
        {"services": {"a": {"ports": "80"}}},
    ):
        with pytest.raises(jsonschema.ValidationError):
            validate(wrong)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_no_rights_and_its_image_has_a_version(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"[\w./-]+:v?\d[\w.-]*", service["image"])  # no host, and never `latest`
    if name.startswith("keys-"):
        assert service["network_mode"] == "none"  # root, for a moment, without a network
    elif name != "haproxy":
        assert not service["user"].startswith("0")


def test_what_is_named_is_there() -> None:
    for service in SERVICES.values():
        assert set(service.get("depends_on", ())) <= set(SERVICES)
        assert set(service.get("networks", ())) <= set(FILE["networks"])
        assert set(service.get("secrets", ())) <= set(FILE["secrets"])
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            known = (FOLDER / source).exists() if "/" in source else source in FILE["volumes"]
            assert known, source


def test_each_gateway_has_a_name_a_state_and_a_signer_of_its_own_that_no_gateway_can_read() -> None:
    assert len(GATEWAYS) == 3
    keys = set()
    for name in GATEWAYS:
        number, service = name[-1], SERVICES[name]
        signer = SERVICES[f"signer-{number}"]
        assert service["environment"]["LEADGLASS_GATEWAY_ID"] == signer["command"][1] == name
        key = signer["volumes"][0].split(":")[0]
        keys.add(key)
        assert key not in {
            volume.split(":")[0] for other in GATEWAYS for volume in SERVICES[other]["volumes"]
        }
        assert signer["volumes"][1] == service["volumes"][1]  # the door between them
        assert signer["user"] != service["user"]
        assert signer["user"].split(":")[1] == service["user"].split(":")[1]
        assert signer["network_mode"] == "none"
    assert len(keys) == 3


def test_only_haproxy_is_reached_from_outside_and_only_gateways_reach_the_record() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"haproxy": ["${LEADGLASS_PORT:-8080}:8080"], "grafana": ["127.0.0.1:3000:3000"]}
    near = {name for name, service in SERVICES.items() if "record" in service.get("networks", ())}
    assert near == {*GATEWAYS, "postgres", "prepare-record"}
    assert FILE["networks"]["record"]["internal"] is FILE["networks"]["inside"]["internal"] is True


def test_no_secret_stands_in_the_file_and_prometheus_asks_every_gateway() -> None:
    for service in SERVICES.values():
        for name, value in (service.get("environment") or {}).items():
            assert "PASSWORD" not in name or name.endswith(("_FILE", "__FILE"))
            assert not re.search(r"://[^@/]*:[^@/]*@", str(value))
    scraped = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text())
    assert scraped["scrape_configs"][0]["static_configs"][0]["targets"] == [
        f"{name}:8082" for name in GATEWAYS
    ]


def made(tmp_path: Path) -> Path:
    """The secrets that `prepare` makes, with the product of this checkout in place of the image."""
    secrets = tmp_path / "secrets"
    here = {
        "SECRETS": str(secrets),
        "OUT": str(secrets / "authority.pem"),
        "LEADGLASS": f"{sys.executable} -m gateway",
    }
    environment = {
        **os.environ,
        **here,
        "PYTHONPATH": str(ROOT),
    }
    subprocess.run([str(FOLDER / "prepare")], check=True, env=environment, capture_output=True)
    return secrets


def test_the_secrets_are_made_once_and_installed_as_the_gateway_insists(tmp_path: Path) -> None:
    secrets = made(tmp_path)
    first = {path.name: path.read_bytes() for path in secrets.iterdir()}
    assert made(tmp_path) == secrets
    assert {path.name: path.read_bytes() for path in secrets.iterdir()} == first
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    for path in secrets.iterdir():
        shared = path.name in {"owner", "gateway", "auditor", "grafana"}  # read by containers of other users
        assert stat.S_IMODE(path.stat().st_mode) == (0o644 if shared else 0o600)
    (secrets / "authority").write_bytes(first["authority.pem"])  # compose mounts it under the secret's name
    state = tmp_path / "state"
    owner = f"{os.getuid()}:{os.getgid()}"
    for _ in range(2):
        subprocess.run(
            [str(FOLDER / "install-keys")], check=True,
            env={**os.environ, "SECRETS": str(secrets), "STATE": str(state), "OWNER": owner},
        )  # fmt: skip
    assert (state / "keys" / "hmac").read_bytes() == first["hmac"]
    assert open_authority(state, ()).covers("api.openai.com")
    assert stat.S_IMODE((state / "pgpass").stat().st_mode) == 0o600


def test_the_record_has_a_role_that_appends_and_one_that_reads(tmp_path: Path) -> None:
    secrets = made(tmp_path)
    with PostgresServer() as server:
        with psycopg.connect(server.record("owner"), autocommit=True) as database:
            database.execute("DROP SCHEMA leadglass CASCADE")
        here = {"SECRETS": str(secrets), "PGHOST": str(server.folder), "PGDATABASE": "postgres"}
        for _ in range(2):
            subprocess.run(
                [sys.executable, str(FOLDER / "prepare-record.py")], check=True, capture_output=True,
                env={**os.environ, **here, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
        with psycopg.connect(server.record("auditor")) as reader:
            assert reader.execute("SELECT count(*) FROM leadglass.entries").fetchone() == (0,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute("INSERT INTO leadglass.about VALUES (2)")
        with psycopg.connect(server.record("gateway")) as writer:
            writer.execute("INSERT INTO leadglass.hint VALUES ('gateway-1', 0)")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                writer.execute("DELETE FROM leadglass.entries")


def test_a_gateway_keeps_its_record_with_a_signer_that_runs_beside_it(tmp_path: Path) -> None:
    door = tmp_path / "signer.sock"
    command = [
        sys.executable,
        "-m",
        "gateway.audit.signer",
        "--keys",
        str(tmp_path / "key"),
        "--origin",
        "g-1",
    ]
    with subprocess.Popen([*command, "--socket", str(door)], stdout=subprocess.PIPE) as signer:
        assert signer.stdout is not None
        assert b"listening" in signer.stdout.readline()
        assert stat.S_IMODE(door.stat().st_mode) == 0o660

        async def keep() -> int:
            with keep_ledger(tmp_path / "state", "g-1", signer=door) as ledger:
                return await ledger.append_async(Entry.event_of("doctor"))

        assert asyncio.run(keep()) == 1
        signer.kill()
    assert (tmp_path / "key" / "signer").exists()
    assert not (tmp_path / "state" / "keys").exists()


def test_haproxy_takes_its_settings_and_knows_every_gateway_by_its_readiness() -> None:
    file = ROOT / "deploy" / "haproxy" / "haproxy.cfg"
    haproxy = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
    assert haproxy, "HAProxy is missing; run deploy/install-packages test"
    done = subprocess.run([haproxy, "-c", "-f", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    text = file.read_text()
    assert re.findall(r"^    server (\S+) \1:8080$", text, re.MULTILINE) == GATEWAYS
    assert "option httpchk GET /readyz" in text
    assert "check port 8082" in text
    assert "send-proxy-v2" in text
    (inside,) = FILE["networks"]["inside"]["ipam"]["config"]
    assert {SERVICES[name]["environment"]["LEADGLASS_BALANCERS"] for name in GATEWAYS} == {inside["subnet"]}
