"""The configuration profile for iPhone, iPad and Mac: the certificate to trust, in the form that these devices install."""

import plistlib
import uuid
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

_NAMES: Final = uuid.UUID("6c656164-676c-4173-8000-000000000000")


def mobileconfig(pem: bytes) -> bytes:
    """An Apple configuration profile with the authority (Configuration Profile Reference, `com.apple.security.root`).

    The same certificate always gives the same identifiers, so that a newer profile takes the place of the older.
    """
    return _profile(pem)


def managed_profile(pem: bytes, pac: str) -> bytes:
    """The same with the proxy file, for devices under management: others refuse a profile that sets a proxy for everything."""
    proxy = {
        "PayloadType": "com.apple.proxy.http.global",
        "PayloadVersion": 1,
        "PayloadIdentifier": "internal.leadglass.proxy",
        "PayloadUUID": str(uuid.uuid5(_NAMES, f"proxy {pac}")).upper(),
        "PayloadDisplayName": "Leadglass",
        "ProxyType": "Auto",
        "ProxyPACURL": pac,
        "ProxyPACFallbackAllowed": False,
    }
    return _profile(pem, proxy)


def _profile(pem: bytes, *more: dict[str, object]) -> bytes:
    certificate = x509.load_pem_x509_certificate(pem)
    name = certificate.fingerprint(SHA256()).hex()
    payload = {
        "PayloadType": "com.apple.security.root",
        "PayloadVersion": 1,
        "PayloadIdentifier": "internal.leadglass.authority",
        "PayloadUUID": str(uuid.uuid5(_NAMES, f"certificate {name}")).upper(),
        "PayloadDisplayName": "Leadglass",
        "PayloadCertificateFileName": "leadglass-ca.cer",
        "PayloadContent": certificate.public_bytes(Encoding.DER),
    }
    return plistlib.dumps(
        {
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "PayloadIdentifier": "internal.leadglass",
            "PayloadUUID": str(uuid.uuid5(_NAMES, f"profile {name}")).upper(),
            "PayloadDisplayName": "Leadglass",
            "PayloadDescription": "Lets this device trust the gateway for AI services, and for nothing else.",
            "PayloadContent": [payload, *more],
        }
    )


def der(pem: bytes) -> bytes:
    """The certificate as Windows and Android take it."""
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
