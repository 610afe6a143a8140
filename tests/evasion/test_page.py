"""The documentation lists the cases that are tested, and their number is what it says."""

from tests.evasion.page import PAGE, tables, written


def test_the_page_is_what_the_tables_say() -> None:
    assert PAGE.read_text("utf-8") == written(), "run `python -m tests.evasion.page`"


def test_there_are_enough_cases_and_each_has_a_name_of_its_own() -> None:
    for letter, rows in tables().items():
        names = [name for name, *_ in rows]
        assert len(set(names)) == len(names), letter
    assert sum(map(len, tables().values())) >= 300
