"""People at work behind HAProxy, with the clients they really use: each request is tried once more at most."""

import itertools
import ssl
import threading
from dataclasses import dataclass, field
from typing import Any

import httpx
import openai
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from tests.support.scans import ct_png, landscape

HOST = "api.openai.com"
BASE = f"https://{HOST}/v1"
SECONDS = 10
"""How long a client waits for an answer before it tries once more; a gateway that was cut off says nothing at all."""
PAUSE = 0.25
"""People are not a benchmark: on two cores there must be room for gateways that start."""


@dataclass(slots=True)
class Crowd:
    """Everybody who works, and what came of it."""

    proxy: str
    authority: str
    answered: list[str] = field(default_factory=list)
    """Marks of the uploads whose sender was told that they arrived."""
    stopped: list[str] = field(default_factory=list)
    """Marks of the scans that were refused."""
    failed: list[str] = field(default_factory=list)
    _done: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, addresses: list[str]) -> None:
        """One person with the SDK, and one with requests at each of these addresses."""
        works = [(self._sdk, "127.0.0.1"), *((self._requests, address) for address in addresses)]
        self._threads += [threading.Thread(target=work, args=(address,)) for work, address in works]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Everybody ends what they are at."""
        self._done.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()

    def _sdk(self, address: str) -> None:
        web = httpx.Client(proxy=f"http://{self.proxy}", verify=_context(self.authority), timeout=SECONDS)
        with openai.OpenAI(api_key="sk-none", base_url=BASE, http_client=web, max_retries=1) as client:
            for number in itertools.count():
                if self._done.wait(PAUSE):
                    return
                mark = f"sdk {address} {number} "
                try:
                    if number % 3:
                        client.chat.completions.create(
                            model="gpt-5", messages=[{"role": "user", "content": mark}]
                        )
                    else:
                        client.files.create(file=(f"{mark}.jpg", landscape(), "image/jpeg"), purpose="vision")
                    self.answered.append(mark)
                except openai.APIError as error:
                    self.failed.append(f"{mark}{type(error).__name__}")

    def _requests(self, address: str) -> None:
        with requests.Session() as session:
            session.mount("https://", At(address))
            session.proxies = {"https": f"http://{self.proxy}"}
            session.verify, session.trust_env = self.authority, False
            for number in itertools.count():
                if self._done.wait(PAUSE):
                    return
                mark, scan = f"requests {address} {number} ", number % 3 == 0
                try:
                    if scan:
                        file = {"file": (f"medical {mark}.png", ct_png(), "image/png")}
                        answer = session.post(f"{BASE}/files", files=file, timeout=SECONDS)
                    else:
                        answer = session.post(f"{BASE}/responses", json={"input": mark}, timeout=SECONDS)
                except requests.RequestException as error:
                    self.failed.append(f"{mark}{type(error).__name__}")
                    continue
                if scan and answer.status_code == 403:
                    self.stopped.append(mark)
                elif answer.status_code == 200 and not scan:
                    self.answered.append(mark)
                else:
                    self.failed.append(f"{mark}{answer.status_code} {answer.text}")


class Later(Retry):
    """Waits before it tries again, as the SDKs of AI services do: a host that dies takes a moment to do so."""

    def get_backoff_time(self) -> float:
        return 1.0


class At(HTTPAdapter):
    """Requests from a person's own address, each tried once more."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__(max_retries=Later(total=1, allowed_methods=None))

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        return super().proxy_manager_for(proxy, source_address=(self.address, 0), **more)


def _context(authority: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=authority)
