"""A small OpenID provider on loopback, over TLS: it says yes to everybody, as somebody who can be chosen, or lies as it is told."""

import base64
import hashlib
import json
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self, override
from urllib.parse import parse_qs, urlencode, urlsplit

import trustme
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from joserfc.jws import JWSRegistry

CLIENT, SECRET = "leadglass-desk", "a secret of the desk"

type Claims = dict[str, Any]


@dataclass
class Issuer:
    """Runs while it is entered."""

    folder: Path
    name: str = "jana"
    groups: tuple[str, ...] = ("radiology-leads",)
    lie: Callable[[Claims], Claims] = field(default=lambda claims: claims)
    """Changes what the next tokens say."""
    algorithm: str = "ES256"
    down: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)

    def __enter__(self) -> Self:
        authority = trustme.CA()
        self.ca = self.folder / "issuer-ca.pem"
        authority.cert_pem.write_to_path(str(self.ca))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        self.rotate("first")
        self._published = [self._key]
        self._codes: dict[str, dict[str, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.address = self.called = f"https://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def rotate(self, kid: str) -> None:
        """Sign with another key from now on, and publish that one alone."""
        self._key = ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})
        self._published = [self._key]

    def stray(self) -> None:
        """Sign with a key that is published nowhere."""
        self._key = ECKey.generate_key("P-256", {"kid": "stray", "use": "sig"})

    def settings(self, **more: Any) -> Path:
        """A file for the desk that names this provider."""
        (self.folder / "desk.secret").write_text(SECRET)
        (self.folder / "desk.secret").chmod(0o600)
        roles = {"auditor": ["compliance"], "reviewer": ["radiology-leads"], "admin": ["it"]}
        told = {
            "issuer": self.called, "client_id": CLIENT, "client_secret": "desk.secret", "ca": self.ca.name,
            "called": "Hospital login", "roles": roles, **more,
        }  # fmt: skip
        path = self.folder / "sign-on.yaml"
        path.write_text(json.dumps(told))  # JSON is YAML
        return path

    # -- what it answers

    def described(self) -> Claims:
        """Its description, which offers more than anybody should believe."""
        return {
            "issuer": self.called,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "id_token_signing_alg_values_supported": ["none", "HS256", "ES256"],
        }

    def allowed(self, asked: dict[str, str]) -> str:
        """Where the browser goes next: back, with a code."""
        self.asked.append(asked)
        code = f"code-{len(self.asked)}"
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, given: dict[str, str], authorization: str) -> Claims | None:
        """What a code is worth, once, to who proves that it asked for it."""
        asked = self._codes.pop(given.get("code", ""), None)
        expected = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '+')}".encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(given.get("code_verifier", "").encode()).digest())
        if (
            asked is None
            or authorization.removeprefix("Basic ") not in (expected, plain)
            or asked.get("code_challenge") != challenge.rstrip(b"=").decode()
        ):
            return None
        claims = self.lie(
            {
                "iss": self.called, "sub": f"id-of-{self.name}", "aud": CLIENT, "nonce": asked.get("nonce", ""),
                "iat": int(time.time()), "exp": int(time.time()) + 300, "preferred_username": self.name,
                "groups": list(self.groups),
            }
        )  # fmt: skip
        return {"access_token": "of no use", "token_type": "Bearer", "id_token": self._signed(claims)}

    def _signed(self, claims: Claims) -> str:
        if self.algorithm == "none":
            head = {"alg": "none", "kid": self._key.kid}
            parts = (json.dumps(part).encode() for part in (head, claims))
            return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
        if self.algorithm == "HS256":  # signed with the public key, as if it were a shared secret
            key: Any = OctKey.import_key(json.dumps(self._key.as_dict(private=False)))
            return jwt.encode(
                {"alg": "HS256", "kid": self._key.kid},
                claims,
                key,
                registry=JWSRegistry(algorithms=["HS256"]),
            )
        return jwt.encode({"alg": "ES256", "kid": self._key.kid}, claims, self._key)

    def keys(self) -> Claims:
        """What it publishes."""
        return {"keys": [key.as_dict(private=False) for key in self._published]}


def _handler(issuer: Issuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            match asked.path:
                case "/.well-known/openid-configuration":
                    self._say(issuer.described())
                case "/keys":
                    self._say(issuer.keys())
                case "/authorize":
                    self.send_response(302)
                    self.send_header("Location", issuer.allowed(_flat(asked.query)))
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                case _:
                    self._say(None)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            self._say(issuer.token(_flat(body), self.headers.get("Authorization", "")))

        def _say(self, told: Claims | None) -> None:
            if issuer.down:
                self.send_error(503)
                return
            text = json.dumps(told or {"error": "invalid_grant"}).encode()
            self.send_response(200 if told else 400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        @override
        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
