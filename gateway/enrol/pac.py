"""The proxy auto-config file, written from the destinations in the rules: one source of truth.

Only inspected destinations go to the gateway; everything else goes where it went before. There is no `DIRECT`
behind the gateway: while it is down, uploads to AI services wait.
"""

import json
from collections.abc import Iterable
from typing import Final

PAGES_HOST: Final = "leadglass.internal"
"""The gateway's own name for the people behind it; it exists nowhere else (`.internal` is reserved for that)."""

TEMPLATE = """\
// Leadglass: requests to AI services go through the gateway, everything else goes directly.
var exact = {exact};
var suffixes = {suffixes};
function FindProxyForURL(url, host) {{
  host = host.toLowerCase().replace(/\\.$/, "");
  if (exact[host] === true) return "{proxy}";
  for (var dot = host.indexOf("."); dot >= 0; dot = host.indexOf(".", dot + 1))
    if (suffixes[host.substring(dot + 1)] === true) return "{proxy}";
  return "DIRECT";
}}
"""


def pac_file(hosts: Iterable[str], proxy: str, *, tls: bool = False) -> str:
    """A PAC file that sends `hosts` (exact names, or `*.suffix`) to `proxy` (`host:port`), and the gateway's own pages."""
    exact: dict[str, bool] = {PAGES_HOST: True}
    suffixes: dict[str, bool] = {}
    for host in sorted(hosts):
        if host.startswith("*."):
            suffixes[host[2:]] = True
        else:
            exact[host] = True
    return TEMPLATE.format(
        exact=json.dumps(exact), suffixes=json.dumps(suffixes), proxy=f"{'HTTPS' if tls else 'PROXY'} {proxy}"
    )
