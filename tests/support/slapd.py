"""OpenLDAP's own server on loopback, with two people and their groups, started without privileges."""

import socket
import subprocess
import time
from pathlib import Path
from typing import Self

import trustme

CONFIG = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile {folder}/slapd.pid
TLSCertificateFile {folder}/cert.pem
TLSCertificateKeyFile {folder}/key.pem
database mdb
suffix "dc=hospital,dc=example"
directory {folder}/db
overlay memberof
access to attrs=userPassword by anonymous auth by * none
access to * by users read by * none
"""
PEOPLE = """\
dn: dc=hospital,dc=example
objectClass: dcObject
objectClass: organization
dc: hospital
o: Hospital

dn: ou=people,dc=hospital,dc=example
objectClass: organizationalUnit
ou: people

dn: uid=mara,ou=people,dc=hospital,dc=example
objectClass: inetOrgPerson
uid: mara
cn: Mara
sn: M
userPassword: correct horse battery
memberOf: cn=Radiology,dc=hospital,dc=example

dn: uid=nora,ou=people,dc=hospital,dc=example
objectClass: inetOrgPerson
uid: nora
cn: Nora
sn: N
userPassword: another long secret

dn: cn=Radiology,dc=hospital,dc=example
objectClass: groupOfNames
cn: Radiology
member: uid=mara,ou=people,dc=hospital,dc=example
"""


class Slapd:
    """A running server; `url` is ldaps."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        authority = trustme.CA()
        self.ca = folder / "ldap-ca.pem"
        authority.cert_pem.write_to_path(str(self.ca))
        leaf = authority.issue_cert("127.0.0.1")
        leaf.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
        leaf.private_key_pem.write_to_path(str(folder / "key.pem"))
        (folder / "db").mkdir()
        self.config = folder / "slapd.conf"
        self.config.write_text(CONFIG.format(folder=folder))
        self._tool("slapadd", PEOPLE)
        self.port = _free_port()
        self.plain_port = _free_port()
        self.url = f"ldaps://127.0.0.1:{self.port}"
        self.plain_url = f"ldap://127.0.0.1:{self.plain_port}"
        self._process: subprocess.Popen[bytes]

    def _tool(self, name: str, text: str) -> None:
        command = [f"/usr/sbin/{name}", "-f", str(self.config)]
        subprocess.run(command, input=text, text=True, check=True, capture_output=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._process = subprocess.Popen(
            ["/usr/sbin/slapd", "-f", str(self.config), "-h", f"{self.url}/ {self.plain_url}/", "-d", "0"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)  # it says nowhere that it is ready
            else:
                return
        raise AssertionError("slapd did not start")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
