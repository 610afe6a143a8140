"""Pictures in pieces over several requests: the destination never holds enough of one to show it."""

import pytest

from tests.evasion import oracle
from tests.evasion.bench import Bench
from tests.evasion.family_k_pieces import CASES, Split, legal
from tests.evasion.pictures import medical, ordinary

EACH = [pytest.param(case, id=f"K-{case.name}") for case in CASES]
FORMS = [pytest.param(case, id=f"K-{case.name}") for case in CASES if case.form]


@pytest.fixture(autouse=True)
def _anew(bench: Bench) -> None:
    """Each case has a connection of its own."""
    bench.http1.close()


def bodies(bench: Bench) -> bytes:
    return b"".join(body for _, _, body in bench.upstream.requests)


@pytest.mark.parametrize("way", ["length", "h2"])
@pytest.mark.parametrize("case", EACH)
def test_no_piece_of_a_medical_picture_arrives(bench: Bench, case: Split, way: str) -> None:
    start = bench.reader.size()
    for upload in case.requests(medical()):
        bench.send(upload, way)
    assert not oracle.shows(bodies(bench), oracle.canaries(medical()))
    if not case.held:
        assert "block" in {decision["action"] for decision in bench.decisions(start)}


@pytest.mark.parametrize("case", EACH)
def test_the_benign_twin(bench: Bench, case: Split) -> None:
    case = legal(case)
    answers = [bench.send(upload, "length") for upload in case.requests(ordinary())]
    assert {answer.status for answer in answers} <= {200, 201}
    assert oracle.shows(bodies(bench), oracle.canaries(ordinary())) is not case.held


@pytest.mark.parametrize("case", FORMS)
def test_what_is_refused_by_form_is_refused_with_an_ordinary_picture_too(bench: Bench, case: Split) -> None:
    answers = [bench.send(upload, "length") for upload in case.requests(ordinary())]
    assert {answer.status for answer in answers} != {200}
