"""Signing in at the organisation's OpenID provider: authorization code with PKCE (RFC 6749, RFC 7636, OpenID Connect Core 3.1).

Authlib speaks the protocol: state, nonce and verifier stand in a signed cookie of ten minutes, the provider's description and keys
are fetched over TLS, the token is checked for issuer, audience, time, nonce and signature.
"""

import logging
import secrets
import ssl
from typing import Any, Final

from authlib.integrations.starlette_client import OAuth, OAuthError
from httpx2 import HTTPError
from joserfc.errors import JoseError
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import PeopleError
from gateway.people.person import NAME, canonical
from gateway.review.accounts import Account
from gateway.review.oidc_schema import SingleSignOnSpec

logger = logging.getLogger(__name__)

START: Final = "/sign-in/single"
BACK: Final = "/sign-in/single/back"
"""Where the provider sends people back to; it has to know this address."""
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures that need a key which the provider alone has: none of those with a shared secret, and never `none`."""
TRIP_SECONDS: Final = 600
"""How long signing in at the provider may take."""
LEEWAY_SECONDS: Final = 30
_TIMEOUT_SECONDS: Final = 10
_GIVEN: Final = "to"


class SingleSignOn:
    """One provider, as the desk asks it."""

    def __init__(self, spec: SingleSignOnSpec, secret: str) -> None:
        """PeopleError where the provider's authority cannot be read."""
        self.spec = spec
        try:
            context = ssl.create_default_context(cafile=str(spec.ca) if spec.ca else None)
        except OSError as error:
            raise PeopleError(f"{spec.ca} is no authority ({type(error).__name__})") from None
        self._provider: Any = OAuth().register(
            "desk", client_id=spec.client_id, client_secret=secret,
            server_metadata_url=f"{spec.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": " ".join(("openid", *spec.scopes)), "code_challenge_method": "S256", "verify": context,
                "trust_env": False, "timeout": _TIMEOUT_SECONDS,
            },
        )  # fmt: skip

    def trip(self) -> Middleware:
        """What remembers in the browser, signed and for ten minutes, which sign-in it began."""
        return Middleware(
            SessionMiddleware, secret_key=secrets.token_urlsafe(32), session_cookie="leadglass-sign-in",
            max_age=TRIP_SECONDS, path=START, same_site="lax",
        )  # fmt: skip

    async def begin(self, request: Request) -> Response:
        """Send the browser to the provider. PeopleError where the provider cannot be reached or is another one."""
        request.session[_GIVEN] = request.query_params.get("to", "")[:500]
        try:
            await self._described()
            return await self._provider.authorize_redirect(request, _address(request))  # type: ignore[no-any-return]
        except (
            OAuthError,
            HTTPError,
            JoseError,
            OSError,
            ValueError,
            KeyError,
            RuntimeError,
            TypeError,
        ) as error:
            raise PeopleError(f"the sign-in provider does not answer ({type(error).__name__})") from None

    async def end(self, request: Request) -> tuple[str, Account | None]:
        """Who came back: a name, where the provider gave one, and an account for it where a group of theirs has a role.

        PeopleError where the provider does not answer, says no, or says what it cannot prove.
        """
        try:
            await self._described()
            if request.query_params.get("iss", self.spec.issuer) != self.spec.issuer:
                raise PeopleError("another provider answers than was asked")  # RFC 9207
            wanted = {"essential": True}
            told = await self._provider.authorize_access_token(
                request, leeway=LEEWAY_SECONDS,
                claims_options={"iss": wanted | {"value": self.spec.issuer}, "aud": wanted | {"values": [self.spec.client_id]}},
            )  # fmt: skip
            claims: dict[str, Any] = told["userinfo"]
        except (
            OAuthError,
            HTTPError,
            JoseError,
            OSError,
            ValueError,
            KeyError,
            RuntimeError,
            TypeError,
        ) as error:
            raise PeopleError(f"the sign-in provider vouches for nobody ({type(error).__name__})") from None
        return self._account(claims)

    def given(self, request: Request) -> str:
        """The page that was asked for before signing in."""
        return str(request.session.pop(_GIVEN, ""))

    async def _described(self) -> None:
        """Fetch what the provider says of itself, once, and believe no more of it than is wanted (OpenID Connect Discovery 4.3)."""
        metadata = await self._provider.load_server_metadata()
        if metadata.get("issuer") != self.spec.issuer:
            raise PeopleError("the sign-in provider calls itself otherwise than `issuer` says")
        # What is offered there may hold algorithms that prove nothing.
        self._provider.server_metadata["id_token_signing_alg_values_supported"] = list(ALGORITHMS)

    def _account(self, claims: dict[str, Any]) -> tuple[str, Account | None]:
        said, groups = claims.get(self.spec.name), claims.get(self.spec.groups, [])
        if not isinstance(said, str) or not NAME.fullmatch(canonical(said)):
            raise PeopleError("the sign-in provider names nobody")
        member = (
            frozenset(one for one in groups if isinstance(one, str))
            if isinstance(groups, list)
            else frozenset()
        )
        role = self.spec.roles.of(member)
        name = canonical(said)
        return name, Account(name, role, password="", secret="") if role else None


def _address(request: Request) -> str:
    return str(request.url.replace(path=request.scope.get("root_path", "") + BACK, query=""))
