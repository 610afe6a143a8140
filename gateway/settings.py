"""One frozen object, read once from the command line and the environment.

Every field can be set as `LEADGLASS_<NAME>` (limits as `LEADGLASS_LIMITS_<NAME>`); the command line wins.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from gateway.errors import SettingsError
from gateway.limits import Limits

PREFIX = "LEADGLASS_"


def _listed(value: object) -> object:
    return tuple(part for part in value.split(",") if part) if isinstance(value, str) else value


def _paths(value: object) -> object:
    return tuple(part for part in value.split(os.pathsep) if part) if isinstance(value, str) else value


type Listed[T] = Annotated[tuple[T, ...], BeforeValidator(_listed)]

PRIVATE_CLIENTS = (
    "127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10",
)  # fmt: skip


class Settings(BaseModel):
    """How this gateway runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    listen: str = "127.0.0.1:8080"
    """Where clients reach the proxy, as HOST:PORT."""
    review: str = "127.0.0.1:8081"
    """Where the review pages are served; without `review_certificate` loopback only."""
    review_sign_on: Path | None = None
    """A file that names the OpenID provider at which reviewers sign in. Read at start. Not set: accounts of the desk alone."""
    review_certificate: Path | None = None
    """A PEM file with chain and key, with which the review pages speak TLS. Read at start. Not set: plain HTTP on loopback."""
    watch: str = ""
    """Where `/metrics`, `/healthz` and `/readyz` are served, as HOST:PORT; nowhere when empty."""
    traces: str = Field(default="", pattern=r"^(https?://\S+)?$")
    """Address of an OpenTelemetry collector (OTLP over HTTP) that gets one span a stage; none when empty."""
    state: Path = Path(".state")
    """The folder that holds authority, keys and ledger; nothing else of the gateway is kept."""
    rules: Path | None = None
    """The folder with the organisation's rules; the shipped defaults when not set."""
    reverse: str = ""
    """`https://host[:port]`: stand before this one API instead of serving as an explicit proxy."""
    authority: Path | None = None
    """An authority of the organisation's own, PKCS#12 or PEM, in place of one made under STATE."""
    authority_passphrase: Path | None = None
    """A file whose first line unlocks it."""
    names: Listed[str] = ()
    """DNS names the authority may speak for beside the destinations; in reverse mode the gateway's own name."""
    connect_to: Listed[str] = ()
    """`HOST:PORT=ADDR:PORT`, several by comma: connections meant for one go to the other."""
    parent: str = Field(default="", pattern=r"^((\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+):[0-9]{1,5})?$")
    """`HOST:PORT` of the organisation's own proxy, through which destinations are reached. Empty: directly."""
    parent_credentials: Path | None = None
    """A file whose first line, `USER:PASSWORD`, that proxy asks for."""
    upstream_ca: Path | None = None
    """A PEM file with authorities that destinations may be signed by, beside the usual ones."""
    clients: Listed[IPv4Network | IPv6Network] = tuple(map(ip_network, PRIVATE_CLIENTS))
    """Networks whose machines may use the proxy."""
    balancers: Listed[IPv4Network | IPv6Network] = ()
    """Networks of load balancers, which must say who the client is (PROXY protocol, version 2)."""
    people: Path | None = None
    """The people file: who may sign in, and how. Not set: nobody is asked, and clients are known by address alone."""
    record_names: Literal["plain", "pseudonym"] = "plain"
    """How people stand in the record: by name, or by a pseudonym that only the key in `keys/people` connects with one."""
    ports: Listed[int] = (80, 443)
    """Ports the gateway connects to."""
    workers: int = Field(default_factory=lambda: max(2, os.cpu_count() or 2), ge=1)
    """Examinations at once; each takes up to one core and about 350 MB."""
    gateway_id: str = Field(default="gateway-1", pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$")
    """The name of this gateway in the ledger; every gateway that writes has its own."""
    record: SecretStr = SecretStr("")
    """`postgresql://...`: keep the record in this database instead of under STATE/ledger."""
    signer: Path | None = None
    """The socket of a signer that runs under a user of its own. Not set: the gateway starts one, with the key under STATE."""
    anchors: Annotated[tuple[Path, ...], BeforeValidator(_paths)] = ()
    """Files on other volumes that every checkpoint of the record is copied to, several by colon."""
    link: str = ""
    """Address of the page that explains a refusal; the id is appended. Empty: the gateway's own page."""
    proxy: str = Field(default="", pattern=r"^([A-Za-z0-9.-]+:[0-9]{1,5})?$")
    """`host:port` at which people reach the proxy, for the files on their start page. Empty: where each of them came to."""
    proxy_tls: bool = False
    """Whether that address is given out as one that speaks TLS."""
    language: Literal["en", "de", "es"] = "en"
    """What people read in a browser that asks for no language we know; programs get English unless they ask."""
    terms_days: int = Field(default=365, ge=1)
    """After so many days, what is known of a service's terms should be looked at again."""
    exemption_minutes: int = Field(default=60, ge=1, le=7 * 24 * 60)
    """How long the same upload may pass after its sender has given a reason."""
    drain_seconds: float = Field(default=10.0, ge=0, le=3600)
    """How long what is under way may take to finish after SIGTERM, in seconds; then it is cut."""
    reason_days: int = Field(default=30, ge=0)
    """After so many days, reasons in people's own words are erased."""
    evidence: Path | None = None
    """A file with the reviewers' public age keys: what is stopped is kept sealed to them. Not set: nothing is kept."""
    evidence_days: int = Field(default=14, ge=1)
    """After so many days, sealed uploads are erased."""
    evidence_megabytes: int = Field(default=1000, ge=1)
    """Megabytes of sealed uploads in all; what does not fit is not kept, and the record says so."""
    retention_days: int = Field(default=2192, ge=1)
    """So many days entries of the record stay whole (six years); what is older, `leadglass audit prune` may empty."""
    limits: Limits = Limits()


def load_settings(given: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from what the command line gave (None = not given), the environment, and the defaults.

    Raises SettingsError naming every setting that cannot be used.
    """
    limit_names = {field.name for field in fields(Limits)}
    values: dict[str, Any] = {}
    limits: dict[str, Any] = {}
    for key, value in environment.items():
        if not key.startswith(PREFIX):
            continue
        name = key.removeprefix(PREFIX).lower()
        if name.removeprefix("limits_") in limit_names and name.startswith("limits_"):
            limits[name.removeprefix("limits_")] = value
        elif name in Settings.model_fields:
            values[name] = value
    values |= {name: value for name, value in given.items() if value is not None}
    if limits:
        values["limits"] = limits
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        wrong = sorted({".".join(str(step) for step in mistake["loc"]) for mistake in error.errors()})
        raise SettingsError(
            f"these settings cannot be used: {', '.join(wrong)}; see `leadglass serve --help`"
        ) from None


SECRETS_LOGGED_BY = ("SSLKEYLOGFILE", "MITMPROXY_SSLKEYLOGFILE")


def assert_safe_environment(environment: Mapping[str, str] = os.environ) -> None:
    """Refuse to start where TLS secrets would be written to a file; the proxy reads these names at import."""
    for name in SECRETS_LOGGED_BY:
        if environment.get(name):
            raise SettingsError(f"the variable {name} writes TLS secrets to a file; unset it and start again")


KEY_BYTES = 32


def secret_key(state: Path, name: str) -> bytes:
    """The organisation's key of this name (`hmac`, `uid`): 32 random bytes, made on first use, mode 0600."""
    path = state / "keys" / name
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
        if path.stat().st_mode & 0o077:
            raise SettingsError(f"{path} can be read by others; make it mode 0600 and rotate it")
        key = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"the key {path} cannot be used ({type(error).__name__})") from None
    if len(key) != KEY_BYTES:
        # A start that was cut short leaves an empty file, and an empty key would hide nothing.
        raise SettingsError(f"the key {path} is incomplete; restore it, or remove it to have a new one made")
    return key
