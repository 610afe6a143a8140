"""What the last full check of a record said, kept beside the index so that pages can tell it. No evidence: whoever doubts it checks again."""

import contextlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from gateway.audit.report import Report
from gateway.audit.words import now
from gateway.durable import write_whole


@dataclass(frozen=True, slots=True)
class Verified:
    """A full check: when, over how many entries, how many faults, and up to where something elsewhere vouched for it."""

    time: str
    size: int
    faults: int
    anchored: int


def keep_verified(state: Path, report: Report) -> None:
    """Note the outcome of a check, where it was made beside the record and can be noted."""
    anchored = report.anchored.size if report.anchored else 0
    made = Verified(now(), report.size, len(report.faults), anchored)
    with contextlib.suppress(OSError):
        write_whole(_path(state, report.origin), json.dumps(asdict(made)).encode())


def last_verified(state: Path, origin: str) -> Verified | None:
    """The last check of a gateway's record that was noted; None where there is none."""
    try:
        kept = json.loads(_path(state, origin).read_bytes())
        return Verified(str(kept["time"]), int(kept["size"]), int(kept["faults"]), int(kept["anchored"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _path(state: Path, origin: str) -> Path:
    return state / "review" / f"verified-{origin}.json"
