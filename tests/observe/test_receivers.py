"""What Prometheus is told of the receivers of the record, while they are there and while they are away."""

import re
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.audit import open_ledger
from gateway.errors import SettingsError
from gateway.observe.receivers import watched
from tests.audit.made import ORIGIN
from tests.forwarding.sending import streaming, until, write
from tests.support.rsyslog import LogHost

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


def told(address: str) -> dict[str, float]:
    page = httpx.get(f"http://{address}/metrics", trust_env=False).text
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.labels == {"receiver": "siem"}
    }


def test_a_receiver_that_goes_away_is_seen_to_fall_behind_and_to_catch_up(tmp_path: Path) -> None:
    path = tmp_path / "receivers.yaml"
    with LogHost(tmp_path / "host") as host:
        path.write_text(
            f"receivers:\n  - name: siem\n    syslog: 127.0.0.1:{host.port}\n    ca: {host.folder}/ca.pem\n"
        )
        with (
            open_ledger(tmp_path / "state", ORIGIN) as ledger,
            streaming(tmp_path / "state", path) as stream,
            watched("127.0.0.1:0", (stream,)) as address,
        ):
            write(ledger, range(5))
            well = {"leadglass_receiver_behind": 0.0, "leadglass_receiver_failing": 0.0}
            until(lambda: told(address) == well)
            host.stop()
            write(ledger, range(5, 25))
            until(lambda: told(address)["leadglass_receiver_failing"] == 1)
            assert told(address)["leadglass_receiver_behind"] > 0
            host.start()
            until(lambda: told(address) == well)
            explained = set(
                re.findall(r"^\| `(leadglass_receiver_\w+)` \|", OPERATIONS.read_text("utf-8"), re.MULTILINE)
            )
            assert explained == set(told(address))


def test_an_address_that_cannot_be_used_is_said() -> None:
    with pytest.raises(SettingsError), watched("127.0.0.1:none", ()):
        pass
