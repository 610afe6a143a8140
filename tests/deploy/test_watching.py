"""Alerts, dashboard and Prometheus's settings: read by Prometheus's own tool, and against what a gateway really exports."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text("utf-8")
BOARD = json.loads((DEPLOY / "grafana" / "dashboards" / "leadglass.json").read_text())
LABELS = {
    "leadglass_decisions_total": {"action", "rule", "reason", "modality"},
    "leadglass_stage_seconds_bucket": {"stage", "le"},
    "leadglass_receiver_behind": {"receiver"},
    "leadglass_receiver_failing": {"receiver"},
}


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def explained() -> set[str]:
    """The metrics of the operations page, which `tests/observe` holds against a gateway's own."""
    return set(re.findall(r"^\| `(leadglass_\w+)` \|", OPERATIONS, re.MULTILINE))


def panels() -> Iterator[tuple[str, str]]:
    for panel in BOARD["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"].replace("$gateway", ".*")


def selectors(part: Any) -> Iterator[promql_parser.VectorSelector]:
    if isinstance(part, promql_parser.VectorSelector):
        yield part
    for name in ("expr", "lhs", "rhs", "vector_selector", "selector", "param"):
        inner = getattr(part, name, None)
        if inner is not None and not isinstance(inner, str):
            yield from selectors(inner)
    for inner in getattr(part, "args", None) or ():
        yield from selectors(inner)


def misnamed(expression: str) -> set[str]:
    """Metrics that no gateway exports, and labels that they do not have."""
    wrong, found = set(), list(selectors(promql_parser.parse(expression)))
    assert found
    for selector in found:
        name = selector.name
        if name == "up":
            continue
        if name.removesuffix("_bucket") not in explained():
            wrong.add(name)
        known = LABELS.get(name, set()) | {"instance", "job"}
        wrong |= {matcher.name for matcher in selector.matchers.matchers} - known
    return wrong


def test_the_check_sees_a_metric_or_label_that_nobody_exports() -> None:
    assert misnamed("sum(rate(leadglass_nothing[5m])) > 1") == {"leadglass_nothing"}
    assert misnamed('leadglass_ready{colour="red"}') == {"colour"}
    assert misnamed("histogram_quantile(0.5, sum by (le) (rate(leadglass_stage_secondz_bucket[1m])))") == {
        "leadglass_stage_secondz_bucket"
    }


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_speaks_of_metrics_that_exist_and_has_a_section_in_the_runbook(
    alert: dict[str, Any],
) -> None:
    assert misnamed(alert["expr"]) == set()
    name = alert["alert"]
    assert alert["annotations"]["runbook"] == f"docs/runbook.md#{name.lower()}"
    section = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL)
    assert section is not None
    assert len(section[1]) > 200


def test_the_runbook_has_no_section_without_an_alert_and_names_readiness_in_full() -> None:
    named = set(re.findall(r"^## (\w+)$", RUNBOOK, re.MULTILINE))
    assert named == {alert["alert"] for alert in alerts()}
    source = (ROOT / "gateway" / "proxy" / "running.py").read_text()
    reasons = re.findall(r'return "([^"]+)"', source[source.index("def _unready") :])
    assert len(reasons) >= 4
    assert [reason for reason in reasons if f"| {reason.partition(';')[0]} |" not in RUNBOOK] == []


def test_prometheus_takes_its_settings_and_each_alert_fires_when_it_should() -> None:
    for words in (["check", "config", "prometheus.yml"], ["test", "rules", "alerts.test.yml"]):
        *command, file = words
        done = subprocess.run(
            ["promtool", *command, str(DEPLOY / "prometheus" / file)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    tested = yaml.safe_load((DEPLOY / "prometheus" / "alerts.test.yml").read_text())["tests"]
    fired = {case["alertname"] for test in tested for case in test["alert_rule_test"]}
    assert fired == {alert["alert"] for alert in alerts()}


@pytest.mark.parametrize(("title", "expression"), list(panels()))
def test_a_panel_asks_for_metrics_that_exist(title: str, expression: str) -> None:
    assert misnamed(expression) == set()


def test_the_dashboard_is_whole_and_asks_the_data_source_that_is_provided() -> None:
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(ids) == len(set(ids)) >= 15
    taken: set[tuple[int, int]] = set()
    for panel in BOARD["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells
        assert panel["description"]
    folder = DEPLOY / "grafana" / "provisioning"
    sources = yaml.safe_load((folder / "datasources" / "prometheus.yaml").read_text())["datasources"]
    used = {target["datasource"]["uid"] for panel in BOARD["panels"] for target in panel["targets"]}
    assert used == {source["uid"] for source in sources}
    shown = {
        name.removesuffix("_bucket") for _, text in panels() for name in re.findall(r"leadglass_\w+", text)
    }
    assert explained() - shown == set()
