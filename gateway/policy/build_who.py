"""From the words under `from` to the senders that are meant."""

from ipaddress import IPv4Network, IPv6Network, ip_network

from gateway.policy import schema
from gateway.policy.catalogue import Catalogue
from gateway.policy.conditions import ANYBODY, Networks, Who
from gateway.policy.mistakes import Mistakes, Place, Source


def build_who(
    spec: schema.Who | None, place: Place, source: Source, catalogue: Catalogue, mistakes: Mistakes
) -> Who:
    """The senders under `from`; everybody when it is not given. Names and groups are compared without case."""
    if spec is None:
        return ANYBODY
    networks: Networks = ()
    for at, word in enumerate(spec.network or ()):
        named = catalogue.networks.get(word)
        if named is None and not set(word) <= set("0123456789abcdefABCDEF.:/"):
            mistakes.add_unknown(
                source, (*place, "network", at), word, catalogue.networks,
                "a network like 10.20.0.0/16, or the name of one in organisation.yaml",
            )  # fmt: skip
        elif named is None:
            found = read_network(word, (*place, "network", at), source, mistakes)
            named = () if found is None else (found,)
        networks += named or ()
    if spec.identified is False and (spec.user or spec.group):
        mistakes.add(source, (*place, "identified"), "nobody is both unidentified and known by name or group")
    if not spec.model_fields_set:
        mistakes.add(source, place, "nobody is named here")
    return Who(
        frozenset(user.casefold() for user in spec.user or ()),
        frozenset(group.casefold() for group in spec.group or ()),
        networks,
        spec.identified,
    )


def read_network(
    word: str, place: Place, source: Source, mistakes: Mistakes
) -> IPv4Network | IPv6Network | None:
    """A client network; None after writing down that it is none."""
    try:
        return ip_network(word)
    except ValueError:
        mistakes.add(
            source, place, f"`{word}` is not a network, e.g. 10.20.0.0/16 (no bits beyond its length)"
        )
        return None
