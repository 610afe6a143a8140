"""The running gateway: everything opened in order, a ready line, and an orderly end."""

import asyncio
import contextlib
import json
import logging
import resource
import signal
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Protocol

from mitmproxy.master import Master

from gateway.audit import Entry, Reader, keep_ledger
from gateway.enrol import PAGES_HOST
from gateway.errors import SettingsError
from gateway.evidence import EvidenceRegister
from gateway.exemptions import Desk
from gateway.gatekeeper import Gatekeeper
from gateway.pages import Door
from gateway.policy import load_and_keep
from gateway.proxy import log
from gateway.proxy.assembly import assemble
from gateway.proxy.authority import authority_of, warn_of_uncovered
from gateway.proxy.draining import drain
from gateway.proxy.in_flight import InFlight
from gateway.proxy.inside import Inside
from gateway.proxy.master import listening, stop_accepting
from gateway.proxy.offices import evidence_store, open_office, open_pages, witness
from gateway.proxy.parent import open_parent
from gateway.proxy.reload import Reloader
from gateway.proxy.running import Gateway
from gateway.proxy.upstream import GuardedLoop, Upstream, parse_connect_to
from gateway.settings import Settings, secret_key
from gateway.vitals import Trace, Vitals
from gateway.workers import Workers

logger = logging.getLogger(__name__)

END_SECONDS = 10.0
"""How long the proxy's own machinery may take to end."""

TUNNEL_REPORT_SECONDS = 60.0
"""How often the count of connections that were not inspected is written down."""


class Pages(Protocol):
    """The reviewers' pages, once they are open."""

    address: str


type OpenReader = Callable[[], AbstractContextManager[Reader]]
type Witness = Callable[[Entry], Future[int]]
"""Writes down who looked at the record."""
type OpenPages = Callable[[OpenReader, Witness, Door], AbstractContextManager[Pages]]
type OpenWatch = Callable[[Vitals], AbstractContextManager[Pages]]


def run(
    settings: Settings, desk: OpenPages, watch: OpenWatch | None = None, trace: Trace | None = None
) -> None:
    """Serve until SIGTERM or Ctrl-C, with the reviewers' desk and the watch's numbers open beside. Raises SettingsError or RuleError where the gateway cannot start."""
    log.install()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold patients
    upstream = _upstream(settings)
    with asyncio.Runner(loop_factory=partial(_loop, upstream)) as runner:
        runner.run(_serve(settings, desk, watch, trace))


def _loop(upstream: Upstream) -> asyncio.AbstractEventLoop:
    loop = GuardedLoop()
    loop.upstream = upstream
    return loop


def _upstream(settings: Settings) -> Upstream:
    try:
        redirects = dict(parse_connect_to(text) for text in settings.connect_to)
    except ValueError:
        wanted = "--connect-to is HOST:PORT=ADDR:PORT, e.g. api.openai.com:443=10.0.0.5:8443"
        raise SettingsError(wanted) from None
    parent = open_parent(settings.parent, settings.parent_credentials)
    return Upstream(redirects, frozenset(settings.ports), parent)


async def _serve(settings: Settings, desk: OpenPages, watch: OpenWatch | None, trace: Trace | None) -> None:
    stop, hurry = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with gateway(settings, desk) as running:
        loop.add_signal_handler(signal.SIGHUP, running.reloader.ask)
        running.gatekeeper.tally.trace = trace or running.gatekeeper.tally.trace
        with watch(running.vitals()) if watch else contextlib.nullcontext() as numbers:
            _say_ready(running, settings, numbers)
            tending = [
                asyncio.ensure_future(each) for each in (_report_tunnels(running), running.ask_record())
            ]
            await stop.wait()
            for task in tending:
                task.cancel()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, hurry.set)
            running.draining = True
            await drain(running.master, running.traffic, settings.drain_seconds, hurry)
            running.addon.pieces.table.sweep(everything=True)
            running.report_tunnels()


def _say_ready(running: Gateway, settings: Settings, numbers: Pages | None) -> None:
    host, port = listening(running.master)[0][:2]
    ready = {
        "event": "ready",
        "proxy": f"{host}:{port}",
        "review": running.review,
        "ca": str(settings.state / "ca.pem"),
        **({"watch": numbers.address} if numbers else {}),
    }
    print(json.dumps(ready), flush=True)  # noqa: T201 - the contract's ready line


@asynccontextmanager
async def gateway(settings: Settings, desk: OpenPages | None = None) -> AsyncIterator[Gateway]:
    """Everything opened in the order in which it is needed, and closed in the reverse."""
    settings.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    content_key = secret_key(settings.state, "hmac")
    rules = load_and_keep(settings.rules, content_key, settings.state)
    authority = authority_of(settings, rules)
    warn_of_uncovered(authority, rules)
    in_flight, record = InFlight(settings.limits), settings.record.get_secret_value()
    people_key = secret_key(settings.state, "people") if settings.record_names == "pseudonym" else b""
    door = Door(settings.limits.body_bytes)
    with (
        keep_ledger(
            settings.state,
            settings.gateway_id,
            anchors=settings.anchors,
            record=record,
            signer=settings.signer,
        ) as ledger,
        desk(ledger.reader, partial(witness, ledger, people_key), door)
        if desk
        else contextlib.nullcontext() as pages,
    ):
        review = pages.address if pages else settings.review
        async with Workers(settings.limits, settings.workers) as workers, AsyncExitStack() as stack:
            keeper = Gatekeeper(
                rules,
                workers,
                ledger,
                settings.limits,
                content_key=content_key,
                uid_key=secret_key(settings.state, "uid"),
                link=settings.link or _link(settings, review),
                people_key=people_key,
                language=settings.language,
            )
            following = open_office(settings, ledger, content_key, keeper)
            keeper.office = office = following.office
            register = EvidenceRegister(evidence_store(settings), ledger)
            keeper.evidence = register.store if settings.evidence else None
            reloader = Reloader(
                keeper,
                partial(load_and_keep, settings.rules, content_key, settings.state),
                partial(warn_of_uncovered, authority),
            )
            master, addon, soundness, traffic = assemble(settings, keeper, authority.secret, in_flight)
            running, hearing = (asyncio.ensure_future(each) for each in (master.run(), following.follow()))
            try:
                await _until_listening(master, running)
                if not settings.reverse:
                    host, own = listening(master)[0][:2]
                    pages_app = open_pages(settings, keeper, office, authority.public)
                    addon.inside = Inside(pages_app, 0 if own in settings.ports else own)
                    door.proxy, door.direct = f"{host}:{own}", own not in settings.ports
                    door.pages, door.loop = pages_app, asyncio.get_running_loop()
                await stack.enter_async_context(Desk(office, register.questions()).open(settings.state))
                yield Gateway(
                    master,
                    addon,
                    keeper,
                    reloader,
                    workers,
                    in_flight,
                    review,
                    soundness,
                    ledger,
                    authority.ends,
                    register,
                    traffic,
                )
            finally:
                hearing.cancel()
                await stop_accepting(master)
                master.shutdown()
                await asyncio.wait({running}, timeout=END_SECONDS)


def _link(settings: Settings, review: str) -> str:
    """Where a refusal is explained: among the gateway's own pages, or on the desk where clients do not know of a proxy."""
    scheme = "https" if settings.review_certificate else "http"
    return f"{scheme}://{review}/decisions/" if settings.reverse else f"http://{PAGES_HOST}/upload/"


async def _until_listening(master: Master, running: asyncio.Future[None]) -> None:
    while not listening(master):
        if running.done():
            running.result()
            raise SettingsError("the proxy could not start listening; is the address already in use?")
        await asyncio.sleep(0.01)


async def _report_tunnels(running: Gateway) -> None:
    while True:
        await asyncio.sleep(TUNNEL_REPORT_SECONDS)
        running.soundness.check()
        running.addon.pieces.table.sweep()
        running.report_tunnels()
        await asyncio.to_thread(running.register.sweep)
