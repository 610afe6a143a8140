"""Settings for many machines at once, as their own management takes them: Apple profiles, browser policies, the registry.

Each sets the same three things: whose certificate to trust, where the proxy file is, and no ways around it (QUIC,
and names asked of a resolver elsewhere).
"""

import json
import plistlib
import uuid
from typing import Any, Final

_NAMESPACE: Final = uuid.UUID("6d0c1f0a-5f5e-5b0e-9a1b-6c6561646c67")
"""Makes the same profile have the same identity each time, so that installing it again replaces it."""


def apple_profile(certificate: bytes, pac_url: str) -> bytes:
    """A `.mobileconfig` for macOS and iOS: the authority (DER), and the proxy file where there is an address for one.

    A proxy for everything is taken by supervised devices alone (Apple, GlobalHTTPProxy); others ask for it by hand.
    """
    payloads = [_payload("com.apple.security.root", "authority", PayloadContent=certificate)]
    if pac_url:
        payloads.append(
            _payload(
                "com.apple.proxy.http.global",
                "proxy",
                ProxyType="Auto",
                ProxyPACURL=pac_url,
                ProxyPACFallbackAllowed=False,
            )
        )
    return plistlib.dumps(_payload("Configuration", "profile", PayloadContent=payloads))


def _payload(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "PayloadType": kind,
        "PayloadVersion": 1,
        "PayloadIdentifier": f"leadglass.{name}",
        "PayloadUUID": str(uuid.uuid5(_NAMESPACE, name)).upper(),
        "PayloadDisplayName": "Leadglass",
        **more,
    }


def chrome_policies(pac_url: str) -> str:
    """Policies of Chrome and Edge (Linux: a file in `policies/managed`; elsewhere: the same names)."""
    proxy = {"ProxyMode": "pac_script", "ProxyPacUrl": pac_url, "ProxyPacMandatory": True}
    policies = {"ProxySettings": proxy, "QuicAllowed": False, "DnsOverHttpsMode": "off"}
    return json.dumps(policies, indent=2) + "\n"


def firefox_policies(pac_url: str) -> str:
    """`policies.json` of Firefox; the certificate is taken from the system's own store."""
    proxy = {"Mode": "autoConfig", "AutoConfigURL": pac_url, "Locked": True}
    policies = {
        "Certificates": {"ImportEnterpriseRoots": True},
        "Proxy": proxy,
        "DNSOverHTTPS": {"Enabled": False, "Locked": True},
        "Preferences": {"network.http.http3.enable": {"Value": False, "Status": "locked"}},
    }
    return json.dumps({"policies": policies}, indent=2) + "\n"


def registry_file(pac_url: str) -> str:
    """A `.reg` file for Windows: proxy file for the signed-in person, and no QUIC in Chrome and Edge."""
    url = pac_url.replace("\\", "\\\\").replace('"', '\\"')
    internet = r"HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion\Internet Settings"
    policies = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies"
    lines = ["Windows Registry Editor Version 5.00", "", f"[{internet}]", f'"AutoConfigURL"="{url}"']
    for browser in (r"Google\Chrome", r"Microsoft\Edge"):
        lines += ["", f"[{policies}\\{browser}]", '"QuicAllowed"=dword:00000000', '"DnsOverHttpsMode"="off"']
    return "\r\n".join([*lines, ""])
