"""Writes docs/clients.md from the table of operations: `python -m tests.sdk.page`."""

from itertools import groupby
from pathlib import Path

from tests.apps.app import App
from tests.apps.table import APPS
from tests.sdk.operation import Operation
from tests.sdk.table import OPERATIONS

PAGE = Path(__file__).parents[2] / "docs" / "clients.md"

HEAD = """\
# Clients

Every operation on this page is driven through the gateway in the tests (`tests/sdk`), by the client itself at its default settings, with three files:

- a CT slice saved as a picture, and a DICOM file: no byte of it arrives, the client raises the error named below with the gateway's text in it,
  and it sends the upload **once**; the record shows one refusal;
- an ordinary picture (or a recording, or a text, where that is what the operation takes): it arrives byte for byte and the call succeeds.

What a person reads is the same everywhere: *Stopped by Leadglass. This looks like a CT scan (99% sure). ... Instead: ... Rule: ... Reference: ...*

## Settings

Clients find the gateway by their environment; nothing in a program changes. `CA` is the file that `leadglass enrol` hands out.

| for | set |
|---|---|
| all | `HTTPS_PROXY=http://GATEWAY:PORT`, and `https_proxy` with the same value (gRPC reads only that) |
| httpx, openai, anthropic, google-genai, mistralai, groq, together, cohere, ollama, huggingface_hub, litellm, aiohttp | `SSL_CERT_FILE=CA` |
| requests | `REQUESTS_CA_BUNDLE=CA` |
| boto3 | `AWS_CA_BUNDLE=CA` |
| curl | `CURL_CA_BUNDLE=CA` |
| xai-sdk and other gRPC | `GRPC_DEFAULT_SSL_ROOTS_FILE_PATH=CA` |
| Node 24 | `NODE_EXTRA_CA_CERTS=CA` and `NODE_USE_ENV_PROXY=1` |
| aiohttp | `ClientSession(trust_env=True)` in the program |
| huggingface_hub | `HF_HUB_DISABLE_XET=1`: what its own transport for large files sends cannot be examined and is refused |

A client that does not heed these settings does not go around the gateway where the network lets nobody else out (`docs/operations.md`).

## Operations
"""


def page() -> str:
    """The whole page."""
    clients = sorted(OPERATIONS, key=lambda one: one.client.casefold())
    return HEAD + "".join(
        f"\n### {client}\n\n| operation | to | a refusal is raised as |\n|---|---|---|\n{''.join(map(_row, rows))}"
        for client, rows in groupby(clients, key=lambda one: one.client)
    ) + BESIDE + "".join(map(_app, APPS))  # fmt: skip


BESIDE = """
## Apps and tools

What people have open in a browser, and programs without an official client: their requests, in their order and with their headers, are sent through the gateway in the tests
(`tests/apps`), with the same three files and the same two claims. They are known from captures, from source code and documentation, or from independent descriptions (the last
column, in the catalogue's words); that a service has changed them since is possible, and what is sent is found by its content all the same. Where a page of another origin sends the file, it is allowed
to read the answer.

| app | upload | to | a refusal is read in | known by |
|---|---|---|---|---|
"""


def _app(one: App) -> str:
    where = {
        "xml": "`Message` of the XML",
        "connect": "the error that ends the stream",
        "socket": "an `error` event, or the close",
    }.get(one.told, f"`{one.told}`")
    sealed = "; refused whatever is in it, nobody can look into it" if one.sealed else ""
    return f"| {one.app} | {one.name} | {one.host} | {where}{sealed} | {one.known} |\n"


def _row(one: Operation) -> str:
    raised = {
        "tests.sdk.operation.HttpRefusedError": "status 403 with the text",
        "HttpRefusedError": "status 403 with the text",
        "tests.sdk.operation.ErrorEventError": "an `error` event with the text",
    }.get(one.raises, f"`{one.raises}`")
    return f"| `{one.name}` | {one.host} | {raised}{'. ' if one.note else ''}{one.note} |\n"


if __name__ == "__main__":
    PAGE.write_text(page())
