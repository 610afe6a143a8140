"""M: requests that name more than one destination, or one that is not what it seems."""

from dataclasses import dataclass

from tests.evasion.case import HOST

NAME = HOST.decode()
OTHER = "other.example"


@dataclass(frozen=True, slots=True)
class Names:
    """The names on one request; None leaves a place out."""

    name: str
    connect: str = f"{NAME}:443"
    connect_host: str | None = None
    """The Host header of CONNECT, where it differs from its target."""
    sni: str | None = NAME
    host: str = NAME
    form: bool = True
    """Whether it is refused whatever is in it (`tests.evasion.why`): its twin names the service everywhere."""
    plain: bool = False
    """Whether the request goes without TLS."""


CASES: tuple[Names, ...] = (
    Names("all names agree", form=False),
    Names("another SNI", sni=OTHER),
    Names("another Host", host=OTHER),
    Names("another CONNECT, SNI and Host of the service", connect=f"{OTHER}:443"),
    Names("another CONNECT and Host, SNI of the service", connect=f"{OTHER}:443", host=OTHER),
    Names("CONNECT says two hosts", connect_host=OTHER),
    Names("Host in capitals", host=NAME.upper(), form=False),
    Names("Host with a dot at its end", host=NAME + ".", form=False),
    Names("CONNECT in capitals", connect=f"{NAME.upper()}:443", form=False),
    Names("CONNECT with a dot at its end", connect=f"{NAME}.:443", form=False),
    Names("SNI in capitals", sni=NAME.upper(), form=False),
    Names("Host with the port", host=f"{NAME}:443", form=False),
    Names("Host with another port", host=f"{NAME}:8443"),
    Names("CONNECT to another port", connect=f"{NAME}:8443"),
    Names("CONNECT to port 80", connect=f"{NAME}:80"),
    Names("CONNECT to port 22", connect=f"{OTHER}:22", sni=OTHER, host=OTHER),
    Names("CONNECT to port 25", connect=f"{OTHER}:25", sni=OTHER, host=OTHER),
    Names("CONNECT to a name server's TLS", connect=f"{OTHER}:853", sni=OTHER, host=OTHER),
    Names("no SNI", sni=None, form=False),
    Names("CONNECT to an address, SNI of the service", connect="203.0.113.9:443"),
    Names("CONNECT to an address in hexadecimal", connect="0xcb007109:443"),
    Names("CONNECT to an address as one number", connect="3405803785:443"),
    Names("CONNECT to an address of IPv6", connect="[2001:db8::1]:443"),
    Names("CONNECT to an address of IPv4 in IPv6", connect="[::ffff:203.0.113.9]:443"),
    Names("CONNECT to the gateway's own machine", connect="127.0.0.1:443", sni=None, host="127.0.0.1"),
    Names("CONNECT to the cloud's metadata", connect="169.254.169.254:80", host="169.254.169.254", plain=True),
    Names("CONNECT to the service without TLS", plain=True),
    Names("CONNECT to another host without TLS, Host of the service", connect=f"{OTHER}:80", plain=True),
    Names("CONNECT with a user", connect=f"x@{NAME}:443"),
    Names("CONNECT without a port", connect=NAME),
    Names("CONNECT with a path", connect=f"{NAME}:443/v1"),
    Names("Host with a Cyrillic letter", host="\u0430pi.openai.com"),
    Names("Host with a full-width dot", host="api\uff0eopenai.com"),
)  # fmt: skip


def legal(case: Names) -> Names:
    """The benign twin: the names themselves, or the service's own everywhere where they are refused by form."""
    return Names(case.name, form=False) if case.form else case
