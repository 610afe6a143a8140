"""One gateway for all families that need nothing special of it: a start takes as long as a hundred cases."""

from collections.abc import Iterator

import pytest

from tests.evasion.bench import Bench, bench_in


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The gateway, and a second host beside the service for requests that name two."""
    with bench_in(tmp_path_factory.mktemp("evasion"), "other.example") as bench:
        yield bench


@pytest.fixture
def bench(running: Bench) -> Bench:
    """The gateway, and nothing of what was sent before."""
    running.upstream.clear()
    return running
