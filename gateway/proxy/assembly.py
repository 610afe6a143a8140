"""mitmproxy's master with everything of ours in it: hooks, guard, choice of layers, connections."""

from pathlib import Path

from mitmproxy.master import Master

from gateway.gatekeeper import Gatekeeper
from gateway.people import Reception
from gateway.proxy.addon import GatewayAddon
from gateway.proxy.asking import Asking
from gateway.proxy.browsing import Browsing
from gateway.proxy.connection import carry
from gateway.proxy.draining import Traffic
from gateway.proxy.guard import Guard
from gateway.proxy.in_flight import InFlight
from gateway.proxy.layers import LayerChoice
from gateway.proxy.master import Soundness, make_master
from gateway.proxy.pieces import Pieces
from gateway.proxy.sending import trust
from gateway.settings import Settings


def assemble(
    settings: Settings, keeper: Gatekeeper, authority: Path, in_flight: InFlight
) -> tuple[Master, GatewayAddon, Soundness, Traffic]:
    """A master that lets nothing out which the guard has not released; it does not listen yet. Must be called in a running loop."""
    host, _, port = settings.listen.rpartition(":")
    mode = f"reverse:{settings.reverse}" if settings.reverse else "regular"
    pieces = Pieces(keeper, settings.limits, in_flight, trust(settings.upstream_ca))
    addon = GatewayAddon(keeper, settings.limits, settings.clients, pieces, Browsing(keeper))
    reception = Reception(settings.people) if settings.people else None
    addon.asking = Asking(keeper, reception) if reception else None
    choice = LayerChoice(keeper.is_inspected, in_flight, addon.on_tunnel, addon.on_refused_connection)
    master = make_master(
        authority, mode, (host, int(port)), choice, upstream_ca=settings.upstream_ca,
        wants_certificates=lambda: reception is not None and reception.wants_certificates,
    )  # fmt: skip
    soundness = Soundness(master.options)
    guard = Guard(master.addons, addon.unexamined, soundness)
    addon.guard = guard
    traffic = Traffic()
    master.addons.add(addon, pieces, traffic)
    guard.install()
    carry(settings.balancers)
    return master, addon, soundness, traffic
