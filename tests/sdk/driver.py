"""Runs operations of the Python clients in a process of its own, as a program of a user would: settings by environment.

A JSON line in names an operation and a file; a JSON line out says what came of it.
"""

import asyncio
import inspect
import json
import os
import sys
import warnings
from pathlib import Path

from tests.sdk.operation import Upload
from tests.sdk.table import OPERATIONS


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what an SDK prints is no answer
    warnings.simplefilter("ignore")
    operations = {operation.key: operation.run for operation in OPERATIONS}
    with asyncio.Runner() as runner:
        for line in sys.stdin:
            asked = json.loads(line)
            run = operations[asked["operation"]]
            assert run is not None
            upload = Upload(asked["path"], asked["name"], asked["media"], Path(asked["path"]).read_bytes())
            try:
                found = run(upload)
                if inspect.iscoroutine(found):
                    runner.run(found)
                result: dict[str, object] = {"raised": []}
            except BaseException as error:  # noqa: BLE001 - what is raised is the result
                cause = error.__cause__
                result = {"raised": _classes(error), "text": _text(error)} | (
                    {"cause": {"raised": _classes(cause), "text": _text(cause)}} if cause else {}
                )
            print(json.dumps(result), file=answers, flush=True)


def _classes(error: BaseException) -> list[str]:
    return [f"{one.__module__}.{one.__qualname__}" for one in type(error).__mro__]


def _text(error: BaseException) -> str:
    """What a person reads in a traceback."""
    return f"{error}\n{error!r}"


if __name__ == "__main__":
    main()
