"""Kill the gateway at random moments under load, again and again, and hold what arrived against what was recorded."""

import contextlib
import hashlib
import hmac
import random
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.gateways import GatewayProcess
from tests.support.upstream import RecordingUpstream

HOST = "api.openai.com"


@dataclass(frozen=True, slots=True)
class KillReport:
    """What a kill loop found."""

    rounds: int
    delivered: int
    recorded: int
    unrecorded: int  # deliveries without a durable decision to allow or redact: must be 0
    open_decisions: int  # decisions that the next start did not close: must be 0


def kill_loop(folder: Path, rounds: int, seed: int = 7) -> KillReport:
    """Start, load, SIGKILL at a random moment, `rounds` times over one state folder; then compare."""
    chance = random.Random(seed)
    state = folder / "state"
    with RecordingUpstream(folder, HOST) as upstream:
        for number in range(rounds):
            with GatewayProcess(state, upstream) as gateway:
                stop = threading.Event()
                senders = [
                    threading.Thread(target=_send, args=(gateway, f"{number}-{lane}", stop))
                    for lane in range(3)
                ]
                for sender in senders:
                    sender.start()
                time.sleep(chance.uniform(0.02, 0.6))
                gateway.kill()
                stop.set()
                for sender in senders:
                    sender.join()
        with GatewayProcess(state, upstream) as gateway:
            entries = gateway.entries()
        bodies = [body for _, _, body in upstream.requests]
    key = (state / "keys" / "hmac").read_bytes()
    allowed = {
        e["content"] for e in entries if e["type"] == "decision" and e["action"] in ("allow", "log", "redact")
    }
    unrecorded = sum(hmac.new(key, body, hashlib.sha256).hexdigest() not in allowed for body in bodies)
    decisions = [e for e in entries if e["type"] == "decision"]
    still_open = sum(not e.get("outcome") for e in decisions)
    return KillReport(rounds, len(bodies), len(decisions), unrecorded, still_open)


def _send(gateway: GatewayProcess, name: str, stop: threading.Event) -> None:
    number = 0
    with contextlib.suppress(httpx.HTTPError, OSError), gateway.client() as client:
        while not stop.is_set():
            number += 1
            client.post(f"https://{HOST}/v1/chat/completions", json={"message": f"{name}-{number}"})
