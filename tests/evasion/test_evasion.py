"""Every case over every way it can travel: with a medical picture nothing arrives, with an ordinary one everything."""

import pytest

from tests.evasion import oracle
from tests.evasion.bench import REFUSALS, Bench, canaries
from tests.evasion.case import Case, Upload
from tests.evasion.catalogue import FAMILIES
from tests.evasion.pictures import medical, medical_pixels, ordinary
from tests.evasion.senders import Answer

ALL = [(family, case) for family, table in FAMILIES.items() for case in table]
TRAVELLING = [
    pytest.param(case, way, id=f"{family}-{case.name}-{way}") for family, case in ALL for way in case.ways
]
TWINS = [
    pytest.param(case, way, id=f"{family}-{case.name}-{way}")
    for number, (family, case) in enumerate(ALL)
    for way in (case.ways if number % 3 == 0 else (case.ways[number % len(case.ways)],))
]
"""Every benign twin one way, in turn; every third of them over all."""
FORMS = [
    pytest.param(case, case.ways[number % len(case.ways)], id=f"{family}-{case.name}")
    for number, (family, case) in enumerate(ALL)
    if case.form
]
SEEN = [pytest.param(case, id=f"{family}-{case.name}") for family, case in ALL if not case.sealed]


def refused(answer: Answer, upload: Upload) -> bool:
    """Whether the sender was told no; gRPC and Connect say so in an answer of 200."""
    framed = (upload.label or b"").startswith((b"application/grpc", b"application/connect"))
    return answer.status in REFUSALS or (framed and answer.status == 200)


@pytest.mark.parametrize(("case", "way"), TRAVELLING)
def test_nothing_of_a_medical_picture_arrives(bench: Bench, case: Case, way: str) -> None:
    start = bench.reader.size()
    upload = case.build(medical(case.kind))
    answer = bench.send(upload, way)
    assert not oracle.shows(bench.upstream.received, canaries(case.kind), like=medical_pixels())
    assert refused(answer, upload)
    assert bench.upstream.requests == []
    # What follows a refused head on the same connection is a request of its own, and refused by itself.
    assert {decision["action"] for decision in bench.decisions(start)} == {"block"}


@pytest.mark.parametrize(("case", "way"), TWINS)
def test_the_benign_twin_arrives_byte_for_byte(bench: Bench, case: Case, way: str) -> None:
    start = bench.reader.size()
    upload = (case.twin or case.build)(ordinary(case.kind))
    answer = bench.send(upload, way)
    assert answer.status == 200, answer.body
    assert bench.upstream.requests == [(upload.method, upload.path, upload.body)]
    (decision,) = bench.decisions(start)
    assert decision["action"] in ("allow", "log")


@pytest.mark.parametrize(("case", "way"), FORMS)
def test_what_is_refused_by_form_is_refused_with_an_ordinary_picture_too(
    bench: Bench, case: Case, way: str
) -> None:
    upload = case.build(ordinary(case.kind))
    # Should it be understood one day, it belongs among the others.
    assert refused(bench.send(upload, way), upload)
    assert bench.upstream.requests == []


@pytest.mark.parametrize("case", SEEN)
def test_the_oracle_sees_the_picture_where_no_gateway_stands_between(case: Case) -> None:
    assert oracle.shows(case.build(medical(case.kind)).bare, canaries(case.kind), like=medical_pixels())


@pytest.mark.parametrize(
    "case", [pytest.param(table[-1], id=family) for family, table in FAMILIES.items() if family != "O"]
)
def test_the_oracle_sees_none_where_there_is_none(case: Case) -> None:
    assert not oracle.shows(
        (case.twin or case.build)(ordinary(case.kind)).bare, canaries(case.kind), 3, medical_pixels()
    )
