"""The documentation lists the cases that are tested, and their number is what it says."""

from tests.evasion.page import PAGE, tables, written
from tests.evasion.why import OTHERWISE


def test_the_page_is_what_the_tables_say() -> None:
    assert PAGE.read_text("utf-8") == written(), "run `python -m tests.evasion.page`"


def test_there_are_enough_cases_and_each_has_a_name_of_its_own() -> None:
    for letter, rows in tables().items():
        names = [name for name, *_ in rows]
        assert len(set(names)) == len(names), letter
    assert sum(map(len, tables().values())) >= 300


def test_every_reason_is_given_for_a_case_that_is_refused() -> None:
    refused = {(letter, name) for letter, rows in tables().items() for name, form, _ in rows if form}
    named = [
        (letter, name)
        for letter, reasons in OTHERWISE.items()
        for names in reasons.values()
        for name in names
    ]
    assert set(named) <= refused, set(named) - refused
    assert len(named) == len(set(named))
