"""An nginx on loopback that answers every POST at once, over TLS: the destination in load benchmarks."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme

CONFIGURATION = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_max_body_size 512m; client_body_temp_path {folder}/body; client_body_buffer_size 64k;
  keepalive_requests 1000000;
  proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port} ssl; ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
    location /large {{ alias {folder}/large; }}
    location / {{ default_type application/json; return 200 '{{"ok": true}}'; }}
  }}
}}
"""


@contextmanager
def origin(folder: Path, *names: str) -> Iterator[tuple[int, Path]]:
    """Port of the running server and the CA file that signed its certificate. RuntimeError without nginx."""
    binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if binary is None:
        raise RuntimeError("nginx is not installed; see deploy/packages.txt")
    authority = trustme.CA()
    ca = folder / "origin-ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    certificate = authority.issue_cert(*names)
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    for pem in certificate.cert_chain_pems:
        pem.write_to_path(str(folder / "cert.pem"), append=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    (folder / "nginx.conf").write_text(CONFIGURATION.format(folder=folder, port=port))
    server = subprocess.Popen([binary, "-c", str(folder / "nginx.conf"), "-p", str(folder)])
    try:
        _until_open(port)
        yield port, ca
    finally:
        server.terminate()
        server.wait(10)


def _until_open(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError("nginx did not start")
