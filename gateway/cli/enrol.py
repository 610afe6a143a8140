"""`leadglass enrol`: what one user's machine needs in order to be behind the gateway."""

from pathlib import Path

import click

from gateway.cli.enrol_user import user
from gateway.enrol import create_authority, pac_file
from gateway.errors import SettingsError
from gateway.policy import load_rules

STATE = click.option(
    "--state",
    type=click.Path(path_type=Path),
    default=Path(".state"),
    envvar="LEADGLASS_STATE",
    show_default=True,
)
RULES = click.option("--rules", type=click.Path(path_type=Path), default=None, envvar="LEADGLASS_RULES")


@click.group(epilog="Example: leadglass enrol pac --proxy leadglass.hospital.example:8080 > proxy.pac")
def enrol() -> None:
    """What one user's machine needs: the proxy settings and the authority to trust."""


@enrol.command(epilog="Example: leadglass enrol pac --proxy leadglass.hospital.example:8080 > proxy.pac")
@click.option("--proxy", default="127.0.0.1:8080", show_default=True, help="where clients reach the gateway")
@click.option("--tls", is_flag=True, help="the proxy port itself speaks TLS")
@RULES
def pac(proxy: str, rules: Path | None, *, tls: bool) -> None:
    """Print the proxy auto-config file made from the destinations in the rules."""
    click.echo(pac_file(load_rules(rules).catalogue.hosts, proxy, tls=tls), nl=False)


@enrol.command(epilog="Example: leadglass enrol ca > leadglass-ca.pem")
@STATE
def ca(state: Path) -> None:
    """Print the certificate that clients have to trust."""
    path = state / "ca.pem"
    if not path.exists():
        raise SettingsError(
            f"there is no {path} yet; start the gateway once with `leadglass serve --state {state}`"
        )
    click.echo(path.read_text("ascii"), nl=False)


@enrol.command(epilog="Example: leadglass enrol authority --out secrets/authority.pem")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="the new file, mode 0600")
@click.option("--name", "names", multiple=True, help="DNS name it may also speak for; repeatable")
@RULES
def authority(out: Path, names: tuple[str, ...], rules: Path | None) -> None:
    """Make one authority, key and certificate, for several gateways to share; `leadglass serve` makes its own otherwise."""
    create_authority(out, (*load_rules(rules).catalogue.registrable, *names))
    click.echo(f"{out} can impersonate the inspected destinations to your clients; keep it secret.", err=True)


enrol.add_command(user)
