import json

import pytest

from gateway import wire
from gateway.limits import Limits
from gateway.model import Kind
from gateway.wire.references import is_internal
from tests.property.strategies import transfer


@pytest.mark.parametrize(
    "address",
    [
        "http://pacs/wado?x=1", "https://10.1.2.3/x", "http://192.168.0.9:8042/", "http://172.16.0.1/", "http://127.0.0.1/", "http://[::1]/",
        "http://[fd00::1]/", "http://169.254.169.254/latest", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/",
        "http://[::ffff:10.0.0.1]/", "https://pacs.hospital.local/", "https://x.internal", "http://pacs.lan./", "http://user@pacs/", "file:///etc/x",
        "smb://server/share", "http://localhost:11434", "http://[bad",
    ],
)  # fmt: skip
def test_internal(address: str) -> None:
    assert is_internal(address)


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/a.png",
        "http://8.8.8.8/x",
        "gs://bucket/x",
        "s3://bucket/x",
        "https://xn--bcher-kva.example.com",
    ],
)
def test_external(address: str) -> None:
    assert not is_internal(address)


@pytest.mark.parametrize(
    ("value", "details"),
    [
        ({"image_url": {"url": "http://pacs/x.dcm"}}, ["internal"]),
        ({"fileData": {"fileUri": "gs://b/x"}}, ["external"]),
        ({"file_id": "file-12"}, ["external"]),
        ({"file_ids": ["file-1", "file-2"]}, ["external", "external"]),
        ({"image_asset_pointer": "file-service://x"}, ["external"]),
        ({"text": "see http://pacs/x for more"}, []),
        ({"id": "x"}, []),
    ],
)
def test_references_in_json(value: object, details: list[str]) -> None:
    for body in (json.dumps(value), json.dumps(value).replace("/", "\\/")):
        decoded = wire.decode(transfer(body.encode(), b"application/json"), Limits())
        assert [finding.detail for finding in decoded.findings] == details
        assert all(finding.kind is Kind.REFERENCE for finding in decoded.findings)


def test_references_in_forms() -> None:
    decoded = wire.decode(
        transfer(b"url=http%3A%2F%2Fpacs%2Fx&n=1", b"application/x-www-form-urlencoded"), Limits()
    )
    assert [finding.detail for finding in decoded.findings] == ["internal"]
