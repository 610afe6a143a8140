"""The bill of materials is whole and valid, and nothing runs under a licence that is not allowed."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).parents[2]


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sbom", ROOT / "deploy" / "sbom.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["sbom"] = module
    spec.loader.exec_module(module)
    return module


SBOM = _load()
PACKAGES = list(SBOM.locked())


def allowed(expression: str) -> bool:
    """Every part of it; of a choice, one of them is enough."""
    names = SBOM.LICENCES["allowed"]
    return bool(expression) and all(
        any(choice.strip(" ()") in names for choice in part.split(" OR "))
        for part in re.split(r" AND (?![^(]*\))", expression)
    )


@pytest.mark.parametrize("name", [one.name for one in PACKAGES])
def test_no_package_runs_under_a_licence_that_is_not_allowed(name: str) -> None:
    assert allowed(SBOM.licence(name)), f"{name}: {SBOM.licence(name) or 'says nothing'}"


def test_gpl_and_silence_are_not_allowed() -> None:
    assert not allowed("GPL-3.0-only")
    assert not allowed("MIT AND AGPL-3.0-only")
    assert not allowed("")
    assert allowed("MPL-2.0 AND (Apache-2.0 OR MIT)")


def test_the_bill_is_valid_whole_and_the_same_each_time(tmp_path: Path) -> None:
    texts = []
    for name in ("one.json", "two.json"):
        subprocess.run([sys.executable, str(ROOT / "deploy" / "sbom.py"), str(tmp_path / name)], check=True)
        texts.append((tmp_path / name).read_text("utf-8"))
    assert texts[0] == texts[1]
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(texts[0]) is None
    bill = json.loads(texts[0])
    libraries = [part for part in bill["components"] if part["type"] == "library"]
    assert {(part["name"], part["version"]) for part in libraries} == {
        (one.name, one.version) for one in PACKAGES
    }
    assert len(libraries) > 60
    assert all(part["hashes"] and part["licenses"] for part in libraries)
    assert sum(part["type"] == "machine-learning-model" for part in bill["components"]) >= 2
