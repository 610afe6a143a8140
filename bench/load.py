"""`wrk` and what it reports."""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPT = """
wrk.method = "POST"
wrk.headers["Authorization"] = "Bearer sk-bench"
wrk.headers["Content-Type"] = "{mime}"
wrk.body = io.open("{body}", "rb"):read("*a")
if "{at}" ~= "" then
  wrk.resolve = function(host, service) wrk.addrs = wrk.lookup("127.0.0.1", "{at}") end
end
function done(summary, latency, requests)
  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), summary.errors.status + summary.errors.read + summary.errors.timeout))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """Requests per second, latencies in ms, failed requests."""

    rate: float
    p50: float
    p99: float
    errors: int


def chat(size: int) -> bytes:
    """A chat request of about `size` bytes, as an official client would send it."""
    words = "Please summarise the discharge letter template for our ward in plain language. "
    text = (words * (size // len(words) + 1))[: max(0, size - 160)]
    message = {
        "model": "gpt-5",
        "messages": [{"role": "user", "content": text}],
        "temperature": 0.2,
        "stream": False,
    }
    return json.dumps(message).encode()


def wrk(
    url: str,
    body: bytes,
    folder: Path,
    *,
    connections: int = 8,
    seconds: int = 5,
    mime: str = "application/json",
    at: str = "",
) -> Load:
    """Load `url` with one body over keep-alive connections, to loopback's port `at` if it is given. RuntimeError without wrk."""
    binary = shutil.which("wrk")
    if binary is None:
        raise RuntimeError("wrk is not installed; see deploy/packages.txt")
    script = folder / "load.lua"
    held = folder / "load.body"
    held.write_bytes(body)
    script.write_text(SCRIPT.format(body=held, mime=mime, at=at))
    command = [binary, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(script), url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)", done.stdout)
    if found is None:
        raise RuntimeError("wrk reported nothing")
    requests, micros, p50, p99, errors = (int(group) for group in found.groups())
    return Load(requests * 1e6 / micros, p50 / 1000, p99 / 1000, errors)
