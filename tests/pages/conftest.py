"""A real gateway and a stand-in for every AI service, shared by the tests of the pages."""

from collections.abc import Iterator

import pytest

from tests.support.gateways import GatewayThread
from tests.support.upstream import RecordingUpstream

HOSTS = ("api.openai.com", "chatgpt.com")


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordingUpstream]:
    with RecordingUpstream(tmp_path_factory.mktemp("upstream"), *HOSTS) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, upstream: RecordingUpstream) -> Iterator[GatewayThread]:
    with GatewayThread(tmp_path_factory.mktemp("gateway") / "state", upstream) as running:
        yield running
