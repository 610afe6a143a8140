"""The record in the forms that other systems read; each a pure function from records to lines of text."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from gateway.audit.export.atna import atna
from gateway.audit.export.cef import cef
from gateway.audit.export.fhir import fhir
from gateway.audit.export.ocsf import ocsf
from gateway.audit.export.plain import csv_table, ndjson
from gateway.audit.query import Record

type Export = Callable[[Iterable[Record]], Iterator[str]]

EXPORTS: Final[dict[str, Export]] = {
    "ndjson": ndjson,
    "csv": csv_table,
    "cef": cef,
    "atna": atna,
    "fhir": fhir,
    "ocsf": ocsf,
}
"""By the name that `leadglass audit export --format` knows."""

__all__ = ["EXPORTS", "Export", "atna", "cef", "csv_table", "fhir", "ndjson", "ocsf"]
