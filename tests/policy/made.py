"""Small rule sets and uploads for the tests of this room."""

from datetime import UTC, datetime
from pathlib import Path

from gateway.errors import RuleError
from gateway.model import Action, Decision, Examination, Finding, Format, Kind, PartReport, Sender, Transfer
from gateway.policy import RuleSet, decide, load_rules

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)  # a Monday
LOG = "name: log\nbecause: It is written down.\nfound: anything\ndo: log\n"


def write(folder: Path, **files: str) -> Path:
    """A rules folder; `a_b="..."` becomes a-b.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name.replace('_', '-')}.yaml").write_text(text, "utf-8")
    return folder


def mistakes(folder: Path, **files: str) -> list[str]:
    """What the loader has to say; it must say something."""
    try:
        load_rules(write(folder, **files))
    except RuleError as error:
        return str(error).splitlines()
    raise AssertionError("these rules were accepted")


def upload(
    rules: RuleSet,
    host: str = "api.openai.com",
    path: str = "/v1/files",
    *,
    sender: Sender = Sender(),
    size: int = 0,
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> Transfer:
    destination = rules.catalogue.destination(host, 443, "POST", path, headers)
    return Transfer(destination, sender, path=path, headers=headers, body=bytes(size))


def seen(*findings: Finding, form: Format = Format.PNG) -> Examination:
    return Examination("", (PartReport((), form, 1),), findings)


MEDICAL = Finding(Kind.MEDICAL_IMAGE, detail="xray", confidence=0.97)
ORDINARY = Finding(Kind.ORDINARY_IMAGE, confidence=0.1)
LOCKED = Finding(Kind.ENCRYPTED, detail="encrypted")


def action(rules: RuleSet, *findings: Finding, **more: object) -> Action:
    return decision(rules, *findings, **more).action


def decision(
    rules: RuleSet, *findings: Finding, form: Format = Format.PNG, now: datetime = NOW, **more: object
) -> Decision:
    return decide(rules, upload(rules, **more), seen(*findings, form=form), now=now)  # type: ignore[arg-type]
