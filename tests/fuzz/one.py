"""One parser under atheris: `python -m tests.fuzz.one NAME SECONDS CORPUS`."""

import sys

import atheris

with atheris.instrument_imports(include=["gateway"]):
    from gateway.errors import GatewayError
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Feed the parser until the time is up; anything but a GatewayError that leaves it ends the process with 77."""
    name, seconds, corpus = sys.argv[1:]
    target = TARGETS[name]

    def once(data: bytes) -> None:
        try:
            target(data)
        except GatewayError:
            return

    limits = [
        f"-max_total_time={seconds}",
        "-timeout=20",
        "-rss_limit_mb=3000",
        "-max_len=20000",
        "-verbosity=1",
    ]
    atheris.Setup([sys.argv[0], *limits, corpus], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
