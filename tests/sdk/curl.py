"""curl, as people paste it from a service's documentation."""

import json
import subprocess
import tempfile
from functools import partial
from pathlib import Path

from tests.sdk.operation import Operation, Upload, told
from tests.sdk.plain_python import CHAT, FILES, HOST, REFUSED

COMMANDS: dict[str, tuple[str, ...]] = {
    "-F": ("-F", "purpose=user_data", "-F", "file=@{path}", FILES),
    "-F, a type that lies": ("-F", "file=@{path};type=text/plain", FILES),
    "-F, encoder=base64": ("-F", "file=@{path};encoder=base64", FILES),
    "-F over HTTP/1.1": ("--http1.1", "-F", "file=@{path}", FILES),
    "--data-binary": ("--data-binary", "@{path}", FILES),
    "--data-binary, chunked": (
        "--http1.1",
        "-H",
        "Transfer-Encoding: chunked",
        "--data-binary",
        "@{path}",
        FILES,
    ),
    "-T": ("-T", "{path}", FILES),
    "--json": ("--json", "@{json}", CHAT),
    "--data-urlencode": ("--data-urlencode", "image@{base64}", FILES),
}


def run(upload: Upload, arguments: tuple[str, ...]) -> str:
    url = {"type": "image_url", "image_url": {"url": upload.uri}}
    with tempfile.TemporaryDirectory() as folder:
        files = {"path": upload.path, "json": f"{folder}/body.json", "base64": f"{folder}/image.txt"}
        Path(files["json"]).write_text(
            json.dumps({"model": "m", "messages": [{"role": "user", "content": [url]}]})
        )
        Path(files["base64"]).write_text(upload.base64)
        command = [
            "curl",
            "-sS",
            "-w",
            "\n%{http_code}",
            *(argument.format(**files) for argument in arguments),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    text, _, status = done.stdout.rpartition("\n")
    return told(int(status), text)


OPERATIONS = tuple(
    Operation("curl", name, HOST, REFUSED, partial(run, arguments=arguments))
    for name, arguments in COMMANDS.items()
)
