"""The numbers and probes as Prometheus and an orchestrator ask for them."""

import asyncio
import re
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.errors import SettingsError
from gateway.observe import Watch
from gateway.vitals import SECONDS, Answered, Gauge, Tally, Vitals
from tests.support.gateways import GatewayThread
from tests.support.postgres import PostgresServer
from tests.support.upstream import RecordingUpstream

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


def seen(address: str) -> dict[str, float]:
    """Every sample, by its name and labels as written."""
    page = httpx.get(f"http://{address}/metrics", trust_env=False)
    assert page.status_code == 200
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page.text)
        for sample in family.samples
    }


def vitals(unready: Callable[[], str] = lambda: "", tally: Tally | None = None) -> Vitals:
    return Vitals(
        tally or Tally(), lambda: (Gauge("here", "x", 3), Gauge("grown", "x", 4, rising=True)), unready
    )


def test_decisions_durations_and_gauges_are_what_was_counted() -> None:
    tally = Tally()
    tally.decisions[Answered("block", "medical", "rule", "xray")] += 2
    for seconds in (0.0001, 0.02, 40.0):
        tally.stages["examine"].add(seconds)
    with Watch("127.0.0.1:0", vitals(tally=tally)) as watch:
        found = seen(watch.address)
    assert found["leadglass_decisions_total block xray rule medical"] == 2
    assert (found["leadglass_here"], found["leadglass_grown_total"]) == (3, 4)
    buckets = [found[f"leadglass_stage_seconds_bucket {bound} examine"] for bound in (*SECONDS, "+Inf")]
    assert buckets == sorted(buckets)
    assert (buckets[0], buckets[SECONDS.index(0.025)], buckets[-2], buckets[-1]) == (1, 2, 2, 3)
    assert found["leadglass_stage_seconds_count examine"] == 3
    assert found["leadglass_stage_seconds_sum examine"] == pytest.approx(40.0201)


def test_readiness_says_why_not_and_health_only_that_it_lives() -> None:
    reasons = ["", "the record cannot be written"]
    with Watch("127.0.0.1:0", vitals(lambda: reasons[0])) as watch, httpx.Client(trust_env=False) as client:

        def asked(path: str) -> tuple[int, str]:
            page = client.get(f"http://{watch.address}/{path}")
            return page.status_code, page.text

        assert asked("readyz") == (200, "ready\n")
        reasons.reverse()
        assert asked("readyz") == (503, "the record cannot be written\n")
        assert asked("healthz") == (200, "ok\n")
        assert asked("elsewhere")[0] == 404


def test_an_address_that_cannot_be_used_is_a_setting_that_is_wrong() -> None:
    with Watch("127.0.0.1:0", vitals()) as taken:
        for address in (taken.address, "nowhere", "127.0.0.1:port"):
            with pytest.raises(SettingsError, match="metrics"):
                Watch(address, vitals())


def test_a_gateway_counts_what_it_decided_and_is_unready_without_its_scribe(tmp_path: Path) -> None:
    with (
        RecordingUpstream(tmp_path, "api.openai.com") as upstream,
        GatewayThread(tmp_path / "state", upstream) as running,
        Watch("127.0.0.1:0", running.gateway.vitals()) as watch,
        running.client() as client,
    ):
        chat = {"messages": [{"role": "user", "content": "hello"}]}
        assert client.post("https://api.openai.com/v1/chat/completions", json=chat).status_code == 200
        hidden = {"content": "iVBORw0KGgo" + "A" * 4000}
        assert client.post("https://api.openai.com/v1/chat/completions", json=hidden).status_code == 403
        found = seen(watch.address)
        decided = {name.split()[1]: value for name, value in found.items() if "decisions_total" in name}
        assert decided == {"log": 1, "block": 1}
        assert found["leadglass_stage_seconds_count record"] == 2
        assert (found["leadglass_workers"], found["leadglass_ready"]) == (1, 1)
        assert found["leadglass_authority_ends_seconds"] > 1.8e9
        running.gateway.keeper._process.kill()
        running.gateway.keeper._process.wait(10)
        refused = client.post("https://api.openai.com/v1/chat/completions", json=chat)
        assert refused.status_code == 403
        ready = httpx.get(f"http://{watch.address}/readyz", trust_env=False)
        assert (ready.status_code, ready.text) == (503, "the record cannot be written\n")


def test_readiness_falls_with_the_database_before_any_upload_is_refused_and_comes_back(
    tmp_path: Path,
) -> None:
    def becomes(client: httpx.Client, address: str, status: int) -> str:
        deadline = monotonic() + 60
        while (page := client.get(f"http://{address}/readyz")).status_code != status:
            assert monotonic() < deadline, page.text
            threading.Event().wait(0.1)
        return page.text

    with (
        PostgresServer() as server,
        RecordingUpstream(tmp_path, "api.openai.com") as upstream,
        GatewayThread(tmp_path / "state", upstream, record=server.record()) as running,
        Watch("127.0.0.1:0", running.gateway.vitals()) as watch,
        httpx.Client(trust_env=False) as client,
    ):
        asking = asyncio.run_coroutine_threadsafe(running.gateway.ask_record(), running.loop)
        becomes(client, watch.address, 200)
        server.stop()
        assert becomes(client, watch.address, 503) == "the record cannot be written\n"
        assert seen(watch.address)["leadglass_ready"] == 0
        server.start()
        becomes(client, watch.address, 200)
        asking.cancel()


def test_a_record_that_hangs_is_unready_and_its_lag_is_seen(tmp_path: Path) -> None:
    with (
        RecordingUpstream(tmp_path, "api.openai.com") as upstream,
        GatewayThread(tmp_path / "state", upstream) as running,
        Watch("127.0.0.1:0", running.gateway.vitals()) as watch,
    ):
        keeper = running.gateway.keeper
        keeper._waiting[0] = (monotonic() - 60, lambda _: None)  # type: ignore[attr-defined]
        assert 60 <= seen(watch.address)["leadglass_record_lag_seconds"] < 600
        ready = httpx.get(f"http://{watch.address}/readyz", trust_env=False)
        assert (ready.status_code, ready.text) == (503, "the record does not answer\n")
        del keeper._waiting[0]  # type: ignore[attr-defined]


def test_every_metric_is_explained_to_who_operates_it(tmp_path: Path) -> None:
    with (
        RecordingUpstream(tmp_path, "api.openai.com") as upstream,
        GatewayThread(tmp_path / "state", upstream) as running,
        Watch("127.0.0.1:0", running.gateway.vitals()) as watch,
    ):
        page = httpx.get(f"http://{watch.address}/metrics", trust_env=False).text
    served = set(re.findall(r"^# TYPE (leadglass_\w+)", page, re.MULTILINE))
    explained = set(
        re.findall(r"^\| `(leadglass_(?!receiver_)\w+)` \|", OPERATIONS.read_text("utf-8"), re.MULTILINE)
    )
    assert len(served) == 15
    assert served == explained
