"""The bill of materials: `make sbom` writes what a gateway consists of at run time as CycloneDX 1.6 JSON.

From the lock (names, versions, hashes) and from what the installed packages say of their licences; the shipped networks
stand in it as files with their digests. The same checkout makes the same bytes.
"""

import hashlib
import re
import sys
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.dependency import Dependency
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.markers import Marker

ROOT = Path(__file__).parents[1]
LINUX = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LICENCES = tomllib.loads((ROOT / "deploy" / "licences.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Locked:
    """One package of the lock."""

    name: str
    version: str
    hashes: tuple[str, ...]


def locked(path: Path = ROOT / "requirements" / "run.txt") -> Iterator[Locked]:
    """Every package of a lock that is installed on Linux, with its SHA-256 digests."""
    text = path.read_text("utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        marker = re.search(r" ; (.+?)(?= +--hash)", line)
        if marker and not Marker(marker[1]).evaluate(LINUX):
            continue
        if found := re.match(r"([A-Za-z0-9_.-]+)==([^\s;]+)", line):
            yield Locked(found[1], found[2], tuple(re.findall(r"sha256:([0-9a-f]{64})", line)))


def licence(name: str) -> str:
    """An SPDX expression: what we looked up ourselves, else what the package says. Empty where nobody says."""
    if name in LICENCES["looked-up"]:
        return str(LICENCES["looked-up"][name])
    try:
        said = metadata(name)
    except PackageNotFoundError:
        return ""
    if expression := said.get("License-Expression"):
        return str(expression)
    kinds = [
        text.rpartition("::")[2].strip()
        for text in said.get_all("Classifier") or ()
        if text.startswith("License")
    ]
    words = [*kinds, (said.get("License") or "").strip()]
    return " AND ".join(
        dict.fromkeys(
            LICENCES["spelled"][word] for word in words[:-1] or words if word in LICENCES["spelled"]
        )
    )


def bill() -> Bom:
    """The whole bill."""
    factory = LicenseFactory()
    product = Component(
        name=PROJECT["name"], version=PROJECT["version"], type=ComponentType.APPLICATION, bom_ref="leadglass",
        licenses=[factory.make_from_string(PROJECT["license"])],
    )  # fmt: skip
    parts = [
        Component(
            name=one.name, version=one.version, type=ComponentType.LIBRARY,
            bom_ref=f"{one.name}=={one.version}", purl=PackageURL("pypi", None, one.name, one.version),
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in one.hashes],
            licenses=[factory.make_from_string(text)] if (text := licence(one.name)) else [],
        )
        for one in locked()
    ]  # fmt: skip
    for path in sorted((ROOT / "gateway").rglob("*.onnx")):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        name = str(path.relative_to(ROOT))
        parts.append(
            Component(
                name=name, version=PROJECT["version"], type=ComponentType.MACHINE_LEARNING_MODEL, bom_ref=name,
                hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
            )
        )  # fmt: skip
    bom = Bom(components=parts, metadata=BomMetaData(component=product))
    bom.metadata.timestamp = None  # type: ignore[assignment] # the same checkout, the same bytes
    names = "\n".join(sorted(f"{part.bom_ref.value} {next(iter(part.hashes), '')}" for part in parts))
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_URL, names)
    bom.dependencies.add(
        Dependency(product.bom_ref, dependencies=[Dependency(part.bom_ref) for part in parts])
    )
    return bom


def main() -> None:
    """Write it to the file that is named, or to stdout."""
    text = JsonV1Dot6(bill()).output_as_string(indent=1) + "\n"
    if len(sys.argv) > 1:
        Path(sys.argv[1]).parent.mkdir(parents=True, exist_ok=True)
        Path(sys.argv[1]).write_text(text, "utf-8")
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
