"""TLS towards receivers: certificate and name are always checked; what goes wrong is told in words."""

import http.client
import socket
import ssl

from gateway.errors import ForwardingError
from gateway.forwarding.schema import ReceiverSpec


def context(spec: ReceiverSpec) -> ssl.SSLContext:
    """TLS 1.2 or newer with the receiver's authority and our certificate. ForwardingError where they cannot be used."""
    try:
        made = ssl.create_default_context(cafile=spec.ca)
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        if spec.certificate:
            made.load_cert_chain(spec.certificate, spec.key)
    except (OSError, ValueError) as error:
        raise ForwardingError(
            f"{spec.name}: its `ca` or `certificate` cannot be used ({type(error).__name__})"
        ) from None
    return made


def told(error: OSError | ValueError | http.client.HTTPException) -> str:
    """What went wrong with a connection, without anything the other side said."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not good ({error.verify_message})"
        case socket.gaierror():
            return "its name is not known"
        case ConnectionRefusedError():
            return "nobody listens there"
        case TimeoutError():
            return "it does not answer"
        case ConnectionError() | ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return "the connection broke"
        case http.client.HTTPException():
            return "it does not answer as HTTP does"
        case _:
            return f"the connection failed ({type(error).__name__})"
