"""Which identifiers are searched when the options of the profile retain some of them."""

from functools import cache

from gateway.model import Identifier
from gateway.redact import profile
from gateway.redact.identifiers import BIRTH_DATE
from gateway.redact.spellings import day_of

DATED = frozenset({"retain-longitudinal-full-dates", "retain-longitudinal-modified-dates"})


def searched(identifiers: tuple[Identifier, ...], options: frozenset[str]) -> tuple[str, ...]:
    """What must not be found anywhere after a redaction: everything harvested but what an option retains.

    A kept date may be the birth date of a newborn, and is no secret then.
    """
    skip = retained(options)
    dates = {text for tag, text in identifiers if tag != BIRTH_DATE} if options & DATED else set[str]()
    return tuple(
        dict.fromkeys(
            text
            for tag, text in identifiers
            if tag not in skip and not (text in dates and day_of(text) is not None)
        )
    )


@cache
def retained(options: frozenset[str]) -> frozenset[int]:
    """Identifying attributes that the options leave as they are."""
    wanted = options & {"retain-institution-identity", "retain-device-identity"}
    return frozenset(
        int(row.tag, 16)
        for row in profile.rows()
        if len(row.tag) == 8 and any(row.options.get(option) == "K" for option in wanted)
    )
