"""`leadglass serve`: the gateway itself."""

import socket
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import click

from gateway.errors import SettingsError
from gateway.observe import Traces, Watch
from gateway.review import Books, Front, ReviewServer, SingleSignOn, load_single_sign_on
from gateway.settings import assert_safe_environment, load_settings

EXAMPLES = """\b
Examples:
  leadglass serve --listen 0.0.0.0:8080 --state /var/lib/leadglass --rules /etc/leadglass/rules
  leadglass serve --connect-to api.openai.com:443=10.0.0.5:8443 --upstream-ca private-ca.pem
Ready is one JSON line on stdout. SIGTERM drains and exits 0. Every option is also LEADGLASS_<OPTION>.
"""


@click.command(epilog=EXAMPLES)
@click.option("--listen", help="HOST:PORT of the proxy [127.0.0.1:8080]")
@click.option("--review", help="HOST:PORT of the review pages [127.0.0.1:8081]")
@click.option(
    "--review-sign-on",
    type=click.Path(path_type=Path),
    help="YAML file naming the OpenID provider at which reviewers sign in [accounts of the desk alone]",
)
@click.option(
    "--review-certificate",
    type=click.Path(exists=True, path_type=Path),
    help="PEM file with chain and key for the review pages [no TLS, loopback only]",
)
@click.option("--watch", help="HOST:PORT of /metrics, /healthz and /readyz [not served]")
@click.option(
    "--traces", help="address of an OpenTelemetry collector, http://HOST:4318/v1/traces [no traces]"
)
@click.option(
    "--state", type=click.Path(path_type=Path), help="folder of authority, keys and ledger [.state]"
)
@click.option(
    "--rules", type=click.Path(exists=True, path_type=Path), help="folder of rules [shipped defaults]"
)
@click.option(
    "--authority",
    type=click.Path(exists=True, path_type=Path),
    help="your own authority, PKCS#12 or PEM [made under STATE]",
)
@click.option(
    "--authority-passphrase",
    type=click.Path(exists=True, path_type=Path),
    help="file with the passphrase that unlocks it",
)
@click.option("--reverse", help="https://host: stand before this one API instead of being an explicit proxy")
@click.option("--name", "names", multiple=True, help="DNS name the authority may also speak for; repeatable")
@click.option("--connect-to", multiple=True, help="HOST:PORT=ADDR:PORT, as curl's; HOST may be *; repeatable")
@click.option("--parent", help="HOST:PORT of your own proxy on the way to the internet [direct]")
@click.option(
    "--parent-credentials",
    type=click.Path(exists=True, path_type=Path),
    help="file with USER:PASSWORD for it",
)
@click.option(
    "--upstream-ca", type=click.Path(exists=True, path_type=Path), help="authorities to trust upstream"
)
@click.option("--workers", type=int, help="examinations at once [one a core]")
@click.option(
    "--anchor",
    "anchors",
    multiple=True,
    type=click.Path(path_type=Path),
    help="copy checkpoints to this file; repeatable",
)
@click.option(
    "--people",
    type=click.Path(path_type=Path),
    help="people file: who may sign in, and how [nobody is asked]",
)
@click.option(
    "--record-names", type=click.Choice(["plain", "pseudonym"]), help="how people stand in the record [plain]"
)
@click.option(
    "--evidence",
    type=click.Path(path_type=Path),
    help="the reviewers' public age keys: what is stopped is kept sealed to them [nothing is kept]",
)
@click.option("--gateway-id", help="this gateway's name in the record [gateway-1]")
def serve(**given: Any) -> None:
    """Run the gateway until it is told to stop."""
    settings = load_settings({name: value for name, value in given.items() if value not in (None, ())})
    _assert_address(settings.listen)
    assert_safe_environment()
    from gateway.proxy.server import run  # noqa: PLC0415 - mitmproxy reads the environment at import

    books = Books(
        settings.state, settings.record.get_secret_value(), tuple(settings.anchors), settings.language
    )
    watch = partial(Watch, settings.watch) if settings.watch else None
    with Traces(settings.traces, settings.gateway_id) if settings.traces else nullcontext() as traces:
        single = (
            SingleSignOn(*load_single_sign_on(settings.review_sign_on)) if settings.review_sign_on else None
        )
        desk = partial(ReviewServer, Front(settings.review, settings.review_certificate, single), books)
        run(settings, desk, watch, traces.span if traces else None)


def _assert_address(listen: str) -> None:
    """Raise SettingsError where the proxy's own address is not HOST:PORT, or somebody else listens there."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise SettingsError("--listen is HOST:PORT, e.g. 127.0.0.1:8080")
    address = host.strip("[]")
    try:
        # The proxy's library only logs that it cannot listen and then waits, so it is tried before it starts.
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        socket.create_server((address, int(port)), family=family).close()
    except OSError as error:
        raise SettingsError(
            f"the proxy cannot listen on {listen} ({type(error).__name__}); is the address in use or not this machine's?"
        ) from None
