"""Every file that the start page hands out beside the proxy file, by its name: made of the certificate and the proxy file's address."""

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from gateway.pages.policies import chrome_policies, firefox_policies, registry_file
from gateway.pages.profile import der, managed_profile, mobileconfig

DOWNLOADS: Final = MappingProxyType[str, tuple[str, Callable[[bytes, str], bytes]]](
    {
        "leadglass-ca.pem": ("application/x-pem-file", lambda pem, _: pem),
        "leadglass-ca.cer": ("application/pkix-cert", lambda pem, _: der(pem)),
        "leadglass.mobileconfig": ("application/x-apple-aspen-config", lambda pem, _: mobileconfig(pem)),
        "leadglass-managed.mobileconfig": ("application/x-apple-aspen-config", managed_profile),
        "chrome-policies.json": ("application/json", lambda _, pac: chrome_policies(pac).encode()),
        "firefox-policies.json": ("application/json", lambda _, pac: firefox_policies(pac).encode()),
        "leadglass.reg": ("text/plain; charset=utf-8", lambda _, pac: registry_file(pac).encode()),
    }
)
