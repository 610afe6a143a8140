"""The Kubernetes files: by Kubernetes' own schemas (strict: an unknown field is an error), and for what they promise."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
VERSIONS = ("1.31", "1.37")


def documents() -> Iterator[dict[str, Any]]:
    for path in sorted((FOLDER / "base").glob("*.yaml")):
        if path.name != "kustomization.yaml":
            yield from yaml.safe_load_all(path.read_text())


def only(kind: str, name: str = "leadglass") -> dict[str, Any]:
    (found,) = (one for one in documents() if one["kind"] == kind and one["metadata"]["name"] == name)
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_as_kubernetes_says(version: str) -> None:
    kinds = []
    for document in documents():
        kubernetes_validate.validate(document, version, strict=True)
        kinds.append(document["kind"])
    assert {"StatefulSet", "HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy"} < set(kinds)
    wrong = only("StatefulSet") | {"speck": 1}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, version, strict=True)


def pod() -> dict[str, Any]:
    spec: dict[str, Any] = only("StatefulSet")["spec"]["template"]["spec"]
    return spec


def test_no_container_has_a_right_that_it_does_not_need() -> None:
    assert pod()["securityContext"]["runAsNonRoot"] is True
    assert pod()["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod()["automountServiceAccountToken"] is False
    containers = [*pod()["initContainers"], *pod()["containers"]]
    assert len(containers) == 3
    for container in containers:
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert "memory" in container["resources"]["limits"]


def test_the_gateway_sees_neither_the_signing_key_nor_the_shared_secret() -> None:
    gateway, signer = pod()["containers"]
    mounted = {mount["name"] for mount in gateway["volumeMounts"]}
    assert "signer" not in mounted
    assert "secret" not in mounted
    assert signer["securityContext"]["runAsUser"] != pod()["securityContext"]["runAsUser"]
    assert not any("secret" in mount["name"] for mount in signer["volumeMounts"])
    for container in pod()["containers"]:
        for mount in container["volumeMounts"]:
            claims = only("StatefulSet")["spec"]["volumeClaimTemplates"]
            assert mount["name"] in {one["name"] for one in pod()["volumes"]} | {
                one["metadata"]["name"] for one in claims
            }


def test_probes_ask_the_paths_that_tell_the_truth() -> None:
    gateway = pod()["containers"][0]
    assert gateway["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "watch"}
    assert gateway["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "watch"}


def test_it_grows_with_the_queue_by_a_metric_that_the_adapter_provides() -> None:
    metric = only("HorizontalPodAutoscaler")["spec"]["metrics"][0]["pods"]["metric"]["name"]
    (rule,) = yaml.safe_load((FOLDER / "prometheus-adapter.yaml").read_text())["rules"]["custom"]
    assert metric in rule["seriesQuery"]
    assert f"| `{metric}` |" in (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert only("PodDisruptionBudget")["spec"]["maxUnavailable"] == 1


def test_the_network_lets_in_clients_and_prometheus_and_out_the_web_and_the_record_alone() -> None:
    policy = only("NetworkPolicy")["spec"]
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    assert {port["port"] for rule in policy["ingress"] for port in rule["ports"]} == {8080, 8082}
    assert {port["port"] for rule in policy["egress"] for port in rule["ports"]} == {53, 80, 443, 5432}
    assert all("from" in rule for rule in policy["ingress"] if rule["ports"][0]["port"] == 8082)


def test_the_overlay_is_built_by_kubectl_and_every_object_of_it_is_sound(tmp_path: Path) -> None:
    if not shutil.which("kubectl"):
        pytest.skip("kubectl is missing: the overlay was not built; its parts were validated above")
    shutil.copytree(FOLDER, tmp_path / "k")
    overlay = tmp_path / "k" / "overlays" / "hospital"
    secrets = overlay / "secrets"
    secrets.mkdir(exist_ok=True)
    for name in ("authority.pem", "hmac", "uid", "people", "pgpass", "postgres-ca.pem"):
        (secrets / name).write_text("x")
    built = subprocess.run(
        ["kubectl", "kustomize", str(overlay)], check=True, capture_output=True, text=True
    ).stdout
    objects = {one["kind"]: one for one in yaml.safe_load_all(built)}
    for one in objects.values():
        kubernetes_validate.validate(one, VERSIONS[-1], strict=True)
        assert one["kind"] == "Namespace" or one["metadata"]["namespace"] == "leadglass"
    spec = objects["StatefulSet"]["spec"]["template"]["spec"]
    assert spec["containers"][0]["image"] == "leadglass:0.1.0"
    assert spec["containers"][0]["resources"]["requests"]["cpu"] == "2"
    assert spec["volumes"][0]["secret"]["secretName"] == objects["Secret"]["metadata"]["name"]
    install = spec["initContainers"][0]["command"][-1]
    assert all(name in install for name in objects["Secret"]["data"])
