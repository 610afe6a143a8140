"""A log host for tests: Debian's rsyslog with TLS on loopback, in a folder of its own."""

import datetime as dt
import ipaddress
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

CONFIG = """
global(workDirectory="{folder}" maxMessageSize="64k"
  defaultNetstreamDriverCAFile="{folder}/ca.pem" defaultNetstreamDriverCertFile="{folder}/server.pem"
  defaultNetstreamDriverKeyFile="{folder}/server.key")
module(load="imtcp" streamdriver.name="ossl" streamdriver.mode="1" streamdriver.authmode="anon")
input(type="imtcp" address="127.0.0.1" port="{port}")
if $msgid == "checkpoint" then action(type="omfile" file="{folder}/checkpoints" template="RSYSLOG_SyslogProtocol23Format")
action(type="omfile" file="{folder}/all" template="RSYSLOG_SyslogProtocol23Format")
"""


class LogHost:
    """Started, stopped and started again at will, on one port; `lines` is what it wrote."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        self._certify()
        (folder / "conf").write_text(CONFIG.format(folder=folder, port=self.port))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        program = shutil.which("rsyslogd") or "/usr/sbin/rsyslogd"
        assert Path(program).exists(), "rsyslog is missing; run deploy/install-packages test"
        with (self.folder / "said").open("ab") as said:
            self._process = subprocess.Popen(
                [program, "-n", "-f", str(self.folder / "conf"), "-i", str(self.folder / "pid")],
                stdout=subprocess.DEVNULL, stderr=said,
            )  # fmt: skip
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError((self.folder / "said").read_text())

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(30)
            self._process = None

    def lines(self, name: str = "all") -> list[str]:
        path = self.folder / name
        return path.read_text("utf-8-sig").splitlines() if path.exists() else []

    def _certify(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "log host")])
        now = dt.datetime.now(dt.UTC)
        ca_key = ec.generate_private_key(ec.SECP256R1())
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "logs of the hospital")])

        def start(subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
            return (
                x509.CertificateBuilder()
                .subject_name(subject)
                .issuer_name(issuer)
                .public_key(public)
                .serial_number(x509.random_serial_number())
                .not_valid_before(now - dt.timedelta(hours=1))
                .not_valid_after(now + dt.timedelta(days=7))
                .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
                .add_extension(
                    x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
                )
            )

        usage = x509.KeyUsage(
            digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
            key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
            decipher_only=False,
        )  # fmt: skip
        ca = (
            start(issuer, ca_key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(ca_key, hashes.SHA256())
        )
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        leaf = (
            start(name, key.public_key())
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
            .sign(ca_key, hashes.SHA256())
        )
        for file, data in (("ca.pem", ca), ("server.pem", leaf)):
            (self.folder / file).write_bytes(data.public_bytes(serialization.Encoding.PEM))
        (self.folder / "server.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
