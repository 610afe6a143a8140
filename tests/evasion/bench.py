"""One gateway as users start it, one upstream that records, and one connection of each kind between them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gateway.audit import SqliteReader
from tests.evasion import oracle
from tests.evasion.case import HOST, JSON, Upload
from tests.evasion.pictures import medical, medical_pixels
from tests.evasion.senders import Answer, Http1, Http2
from tests.support.gateways import GatewayProcess
from tests.support.upstream import RecordingUpstream

REFUSALS = frozenset({0, 400, 403, 413})
"""Our answer, the one of mitmproxy before our hooks, or none."""

BEHIND = (b"/v1/audio/speech", "audio.speech")
"""The path of the harmless request behind a case, and what the record calls it: no case uses it."""


@dataclass(slots=True)
class Bench:
    """What the tests of a module share."""

    gateway: GatewayProcess
    upstream: RecordingUpstream
    http1: Http1
    http2: Http2
    reader: SqliteReader

    def send(self, upload: Upload, way: str) -> Answer:
        """Send a request the given way."""
        if not upload.body:
            # Requests without a body share one decision for each connection, so each gets its own.
            self.http1.close()
            self.http2.close()
        return self.http2.send(upload) if way == "h2" else self.http1.send(upload, chunked=way == "chunked")

    def decisions(self, since: int) -> list[dict[str, Any]]:
        """The decisions written down from an index on.

        What mitmproxy turns away is answered first and written down next; a harmless request behind it is written
        down after it, for the record keeps its order.
        """
        return self._rows(since) or self._rows(since, self._pass_behind())

    def _rows(self, since: int, stop: int | None = None) -> list[dict[str, Any]]:
        rows = [json.loads(row.body) for row in self.reader.rows(since, stop)]
        return [row for row in rows if row["type"] == "decision" and BEHIND[1] not in json.dumps(row)]

    def _pass_behind(self) -> int:
        """Send a harmless request, and say where its decision stands."""
        self.http2.send(Upload(b'{"model": "m"}', JSON, path=BEHIND[0]))
        end = self.reader.size()
        rows = [(row.idx, json.loads(row.body)) for row in self.reader.rows(max(0, end - 6), end)]
        return max(index for index, row in rows if row["type"] == "decision")


@contextmanager
def bench_in(folder: Path, *more_hosts: str) -> Iterator[Bench]:
    """Start everything, and stop it."""
    with (
        RecordingUpstream(folder, HOST.decode(), *more_hosts) as upstream,
        GatewayProcess(folder / "state", upstream) as gateway,
        Http1(gateway.proxy, gateway.ca) as http1,
        Http2(gateway.proxy, gateway.ca) as http2,
        SqliteReader(next((folder / "state" / "ledger").glob("*.sqlite"))) as reader,
    ):
        yield Bench(gateway, upstream, http1, http2, reader)


@cache
def canaries(kind: str) -> frozenset[bytes]:
    """What must not arrive of the medical picture of this kind."""
    return oracle.canaries(medical(kind), medical_pixels() if kind not in ("dicom", "scan") else None)
