"""One HTTP/2 request through a CONNECT tunnel, frame by frame, with ALPN `h2` and nothing else."""

import socket
import ssl

import h2.config
import h2.connection
import h2.events


def post(proxy: str, ca: str, host: str, path: str, body: bytes, *, timeout: float = 10) -> tuple[int, bytes]:
    """Status and body of the answer; status 0 where the connection ended without one."""
    address, _, port = proxy.rpartition(":")
    with socket.create_connection((address, int(port)), timeout) as plain:
        plain.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            piece = plain.recv(4096)
            if not piece:
                return 0, b""
            head += piece
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            return int(head.split(b" ", 2)[1]), b""
        context = ssl.create_default_context(cafile=ca)
        context.set_alpn_protocols(["h2"])
        with context.wrap_socket(plain, server_hostname=host) as tls:
            assert tls.selected_alpn_protocol() == "h2"
            return _exchange(tls, host, path, body)


def _exchange(tls: ssl.SSLSocket, host: str, path: str, body: bytes) -> tuple[int, bytes]:
    machine = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
    machine.initiate_connection()
    headers = [
        (":method", "POST"), (":scheme", "https"), (":authority", host), (":path", path),
        ("content-type", "application/octet-stream"), ("content-length", str(len(body))),
    ]  # fmt: skip
    machine.send_headers(1, headers, end_stream=not body)
    sent, status, answer = 0, 0, b""
    while True:
        while sent < len(body) and machine.local_flow_control_window(1) > 0:
            size = min(
                machine.local_flow_control_window(1), machine.max_outbound_frame_size, len(body) - sent
            )
            machine.send_data(1, body[sent : sent + size], end_stream=sent + size == len(body))
            sent += size
        tls.sendall(machine.data_to_send())
        data = tls.recv(65536)
        if not data:
            return status, answer
        for event in machine.receive_data(data):
            match event:
                case h2.events.ResponseReceived():
                    status = int(dict(event.headers)[":status"])
                case h2.events.DataReceived():
                    answer += event.data
                    machine.acknowledge_received_data(event.flow_controlled_length, 1)
                case h2.events.StreamEnded():
                    return status, answer
                case h2.events.StreamReset() | h2.events.ConnectionTerminated():
                    return status, answer
