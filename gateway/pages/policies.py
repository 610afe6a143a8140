"""Settings for many machines at once, as their own management takes them: browser policies and the registry of Windows.

Each sets the proxy file and closes the ways around it: QUIC (HTTP/3), and names asked of a resolver elsewhere.
"""

import json


def chrome_policies(pac: str) -> str:
    """Policies of Chrome and Edge: in Linux a file, elsewhere the same names."""
    proxy = {"ProxyMode": "pac_script", "ProxyPacUrl": pac, "ProxyPacMandatory": True}
    return json.dumps({"ProxySettings": proxy, "QuicAllowed": False, "DnsOverHttpsMode": "off"}, indent=1)


def firefox_policies(pac: str) -> str:
    """`policies.json` of Firefox, which takes the certificate from the system's own store."""
    policies = {
        "Certificates": {"ImportEnterpriseRoots": True},
        "Proxy": {"Mode": "autoConfig", "AutoConfigURL": pac},
        "DNSOverHTTPS": {"Enabled": False, "Locked": True},
        "Preferences": {"network.http.http3.enable": {"Value": False, "Status": "locked"}},
    }
    return json.dumps({"policies": policies}, indent=1)


def registry_file(pac: str) -> str:
    """A `.reg` file for Windows: the proxy file for who is signed in, no QUIC and no resolver elsewhere in Chrome and Edge."""
    settings = r"HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion\Internet Settings"
    lines = ["Windows Registry Editor Version 5.00", "", f"[{settings}]", f'"AutoConfigURL"="{pac}"']
    for browser in (r"Google\Chrome", r"Microsoft\Edge"):
        key = rf"[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\{browser}]"
        lines += ["", key, '"QuicAllowed"=dword:00000000', '"DnsOverHttpsMode"="off"']
    return "\r\n".join([*lines, ""])
