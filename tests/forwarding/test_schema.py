from pathlib import Path

import pytest

from gateway.errors import ForwardingError
from gateway.forwarding import ReceiverSpec, load_receivers

AUDIT = Path(__file__).parents[2] / "docs" / "audit.md"


def test_every_key_is_documented() -> None:
    page = AUDIT.read_text()
    assert [name for name in ReceiverSpec.model_fields if f"`{name}`" not in page] == []


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "receivers.yaml"
    path.write_text("receivers:\n  - name: a\n    syslog: '[::1]:6514'\n    ca: ca.pem\n")
    (spec,) = load_receivers(path)
    assert (spec.ca, spec.certificate, spec.format) == (tmp_path / "ca.pem", None, "ndjson")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("receivers: []\n", "receivers"),
        ("receivers:\n  - name: a\n    syslog: logs\n", ":3:"),
        ("receivers:\n  - name: a\n    syslog: logs:1\n    fromat: cef\n", "fromat"),
        ("receivers:\n  - name: a\n    syslog: logs:1\n    key: a.pem\n", "belong together"),
        ("receivers:\n  - name: a\n", "either"),
        ("receivers:\n  - {name: a, syslog: 'b:1', webhook: 'https://c', secret: d}\n", "either"),
        ("receivers:\n  - {name: a, webhook: 'https://c'}\n", "belong together"),
        ("receivers:\n  - {name: a, webhook: 'http://c', secret: d}\n", "webhook"),
        ("receivers:\n  - {name: a, syslog: 'b:1'}\n  - {name: a, syslog: 'c:1'}\n", "one name"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "receivers.yaml"
    path.write_text(text)
    with pytest.raises(ForwardingError) as caught:
        load_receivers(path)
    assert told in str(caught.value)


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ForwardingError, match="cannot be read"):
        load_receivers(tmp_path / "receivers.yaml")
