"""HTTP/1 requests that two parsers frame differently: nothing of the picture arrives, and it is written down."""

import pytest

from tests.evasion import oracle
from tests.evasion.bench import REFUSALS, Bench, canaries
from tests.evasion.family_a_framing import CASES, Framing, legal
from tests.evasion.pictures import medical, ordinary

EACH = [pytest.param(case, id=f"A-{case.name}") for case in CASES]
FORMS = [pytest.param(case, id=f"A-{case.name}") for case in CASES if case.form]


@pytest.fixture(autouse=True)
def _anew(bench: Bench) -> None:
    """Each case has a connection of its own."""
    bench.http1.close()


@pytest.mark.parametrize("case", EACH)
def test_nothing_of_a_medical_picture_arrives(bench: Bench, case: Framing) -> None:
    start = bench.reader.size()
    answer = bench.http1.raw(case.raw(medical()), cut=case.cut, answers=case.answers)
    assert not oracle.shows(bench.upstream.received, canaries("png"))
    decisions = bench.decisions(start)
    if case.drops:
        assert len(bench.upstream.requests) <= 1
        return
    assert answer.status in REFUSALS
    if not case.cut:  # who stops in the middle has asked for nothing
        assert [decision["action"] for decision in decisions][-1:] == ["block"]


@pytest.mark.parametrize("case", EACH)
def test_the_benign_twin(bench: Bench, case: Framing) -> None:
    case = legal(case)
    answer = bench.http1.raw(case.raw(ordinary()), cut=case.cut, answers=case.answers)
    # Without a host the proxy says 400, or 502 where it has looked for one first; nothing is sent either way.
    assert answer.status in ({400, 502} if case.status == 400 else {case.status})
    if not case.drops and case.status == 200:
        assert bench.upstream.requests[-1][2] in (ordinary(), b"")


@pytest.mark.parametrize("case", FORMS)
def test_what_is_refused_by_form_is_refused_with_an_ordinary_picture_too(bench: Bench, case: Framing) -> None:
    bench.http1.raw(case.raw(ordinary()), cut=case.cut, answers=case.answers)
    assert not oracle.shows(bench.upstream.received, oracle.canaries(ordinary()))


@pytest.mark.parametrize("case", EACH)
def test_the_oracle_sees_the_picture_where_no_gateway_stands_between(case: Framing) -> None:
    assert oracle.shows(case.raw(medical()), canaries("png"))
