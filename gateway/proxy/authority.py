"""Which authority a gateway speaks with, and what is worth saying about it at a start."""

import logging

from gateway.enrol import Authority, open_authority, open_given_authority
from gateway.policy import RuleSet
from gateway.settings import Settings

logger = logging.getLogger(__name__)


def authority_of(settings: Settings, rules: RuleSet) -> Authority:
    """The organisation's own where it gives one, else the one under STATE. SettingsError where it cannot be used."""
    if settings.authority is None:
        return open_authority(settings.state, (*rules.catalogue.registrable, *settings.names))
    given = open_given_authority(settings.state, settings.authority, settings.authority_passphrase)
    if not given.permitted:
        logger.warning("the authority may speak for every name; one with name constraints is safer to lose")
    return given


def warn_of_uncovered(authority: Authority, rules: RuleSet) -> None:
    """Say which destinations clients will refuse, because the authority may not speak for them."""
    for host in rules.catalogue.hosts:
        if not authority.covers(host.removeprefix("*.")):
            logger.warning("%s lies outside the names of the authority; clients will refuse it", host)
