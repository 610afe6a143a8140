"""Flow to Transfer, Outcome to flow; nothing else reads or writes a flow's content."""

from mitmproxy import http

from gateway.model import Destination, Forward, ForwardRewritten, Outcome, Refuse, Sender, Transfer
from gateway.proxy.strictness import FOR_THE_PROXY


def transfer_from_flow(flow: http.HTTPFlow, destination: Destination, sender: Sender) -> Transfer:
    """What the request wants to send; `raw_content` only, since every convenience of the framework loses bytes."""
    request = flow.request
    return Transfer(
        destination=destination,
        sender=sender,
        method=request.method,
        path=request.path,
        headers=request.headers.fields,
        trailers=request.trailers.fields if request.trailers else (),
        body=request.raw_content or b"",
    )


def message_from_flow(
    flow: http.HTTPFlow, content: bytes, destination: Destination, sender: Sender
) -> Transfer:
    """One WebSocket message as a transfer of its own."""
    return Transfer(
        destination=destination,
        sender=sender,
        method="MESSAGE",
        path=flow.request.path,
        headers=(),
        body=content,
        direction="message",
    )


def apply_outcome(flow: http.HTTPFlow, outcome: Outcome) -> None:
    """Make the flow what was decided; a refusal becomes the response, a rewrite becomes the request."""
    match outcome:
        case Forward():
            pass
        case ForwardRewritten(body, headers):
            flow.request.headers = http.Headers(headers)
            flow.request.raw_content = body
        case Refuse():
            flow.response = response_from(outcome)


def become(flow: http.HTTPFlow, transfer: Transfer) -> None:
    """Make the request another one to the same destination: the whole of an upload instead of its last piece."""
    flow.request.path = transfer.path
    flow.request.headers = http.Headers(transfer.headers)
    flow.request.raw_content = transfer.body


def tell_length(flow: http.HTTPFlow) -> None:
    """Give a body its length where HTTP/2 needed none: in HTTP/1 its bytes would be the next request."""
    body = flow.request.raw_content
    if body and not {"content-length", "transfer-encoding"} & {name.lower() for name in flow.request.headers}:
        flow.request.headers["content-length"] = str(len(body))


def response_from(refuse: Refuse) -> http.Response:
    """A refusal as an answer to the client."""
    return http.Response.make(refuse.status, refuse.body, http.Headers(refuse.headers))


def drop_proxy_headers(flow: http.HTTPFlow) -> None:
    """Take away what was meant for the proxy alone."""
    kept = tuple(
        (name, value) for name, value in flow.request.headers.fields if name.lower() not in FOR_THE_PROXY
    )
    if len(kept) != len(flow.request.headers.fields):
        flow.request.headers = http.Headers(kept)
