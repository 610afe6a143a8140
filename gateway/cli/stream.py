"""`leadglass audit stream`: send the record on to log hosts while it grows."""

import signal
import threading
from contextlib import ExitStack, nullcontext
from functools import partial
from pathlib import Path
from typing import Final

import click

from gateway.audit.opening import open_readers
from gateway.cli.record import STATE, database, readers
from gateway.forwarding import ReceiverSpec, Stream, load_receivers
from gateway.forwarding.position import Position
from gateway.forwarding.stream import behind, position_path
from gateway.observe.receivers import watched

EPILOG: Final = """\b
Examples:
  leadglass audit stream --receivers receivers.yaml
  leadglass audit stream --receivers receivers.yaml --status
receivers.yaml:
  receivers:
    - name: siem
      syslog: logs.hospital.example:6514
      format: cef
      ca: log-ca.pem
    - name: tickets
      webhook: https://tickets.hospital.example/leadglass
      secret: hook.key
"""


@click.command("stream", epilog=EPILOG)
@STATE
@click.option(
    "--receivers", "path", type=click.Path(path_type=Path), required=True, envvar="LEADGLASS_RECEIVERS",
    help="the file that says where to, and how",
)  # fmt: skip
@click.option(
    "--watch", metavar="HOST:PORT", default="", envvar="LEADGLASS_STREAM_WATCH",
    help="serve /metrics here: how far each receiver is behind",
)  # fmt: skip
@click.option("--once", is_flag=True, help="end when every receiver has all that there is")
@click.option("--status", is_flag=True, help="only say what each receiver has, and what is wrong")
def stream(state: Path, path: Path, watch: str, *, once: bool, status: bool) -> None:
    """Send the record on, as it grows, by syslog over TLS or signed webhook; checkpoints too. Run it beside the gateway.

    What a receiver does not take waits in the record, and goes out when it is back.
    """
    specs, folder = load_receivers(path), state / "forwarding"
    if status:
        _status(state, folder, specs)
        return
    streams = [Stream(spec, folder, partial(open_readers, state, database())) for spec in specs]
    threads = [
        threading.Thread(target=each.run, kwargs={"once": once}, name=each.spec.name) for each in streams
    ]

    def end(*_: object) -> None:
        for each in streams:
            each.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    with watched(watch, streams) if watch else nullcontext("") as address:
        for thread in threads:
            thread.start()
        told = f"; metrics at http://{address}/metrics" if address else ""
        click.echo(f"sending the record to {', '.join(spec.name for spec in specs)}{told}", err=True)
        for thread in threads:
            thread.join()


def _status(state: Path, folder: Path, specs: tuple[ReceiverSpec, ...]) -> None:
    with ExitStack() as stack:
        found = readers(state, stack)
        for spec in specs:
            position = Position.read(position_path(folder, spec.name))
            waiting = behind(position, found)
            said = position.fault or ("up to date" if not waiting else "being served")
            click.echo(f"{spec.name}: {waiting} entries behind; {said} (since {position.since or 'never'})")
