"""The words of the people file, as types. A field's description is its documentation."""

from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    field_validator,
    model_validator,
)

from gateway.people.person import NAME, canonical
from gateway.people.secrets import is_password_hash


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _name(value: str) -> str:
    if not NAME.fullmatch(canonical(value)):
        raise ValueError("a name has letters a to z, digits and . _ @ - and begins with a letter or digit")
    return canonical(value)


def _hash(value: str) -> str:
    if not is_password_hash(value):
        raise ValueError("this is not an Argon2 hash; set passwords with `leadglass enrol user add`")
    return value


def _filled(value: str) -> str:
    if "{name}" not in value:
        raise ValueError("this needs `{name}`, which stands for the name that was given")
    return value


type Name = Annotated[str, AfterValidator(_name)]
type Group = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(canonical)]
type Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
ALGORITHMS: Final[list[Algorithm]] = ["RS256", "ES256", "PS256", "EdDSA"]
type Template = Annotated[str, AfterValidator(_filled)]


class TokenSpec(_Strict):
    """What stands for a person on one device."""

    kind: Literal["device", "pac"] = Field(
        "device", description="`device`: sent in a header; `pac`: the name of a personal proxy"
    )
    digest: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the token")
    label: str = Field("", max_length=80, description="what it is on, in the person's words")
    made: date | None = Field(None, description="the day it was made")
    until: date | None = Field(None, description="the last day it is taken; in UTC")
    within: list[IPvAnyNetwork] | None = Field(None, min_length=1, description="only from these networks")


class PersonSpec(_Strict):
    """One person."""

    groups: list[Group] = Field(default_factory=list, description="also added to what another directory says")
    password: Annotated[str, AfterValidator(_hash)] | None = Field(None, description="an Argon2 hash")
    tokens: dict[str, TokenSpec] = Field(default_factory=dict, description="by a short id")


class LdapSpec(_Strict):
    """An LDAP server or Active Directory that is asked about names and passwords."""

    url: str = Field(
        pattern=r"^ldaps?://[^/\s]+$", description="`ldaps://host`, or `ldap://host` with `start_tls`"
    )
    start_tls: bool = Field(default=False, description="turn to TLS on a plain port before anything is said")
    authority: str | None = Field(None, description="PEM file with the authority of the server's certificate")
    bind: Template = Field(
        description="who signs in, e.g. `uid={name},ou=people,dc=example` or `{name}@example.org`"
    )
    base: str = Field(description="where people are searched")
    filter: Template = Field(
        "(uid={name})", description="how one person is found; `(sAMAccountName={name})` in AD"
    )
    name: str = Field("uid", description="the attribute that holds the name; `sAMAccountName` in AD")
    groups: str = Field("memberOf", description="the attribute that holds the groups")
    group_base: str | None = Field(None, description="search groups below this instead")
    group_filter: str = Field(
        "(|(member={dn})(uniqueMember={dn})(memberUid={name}))",
        description="how the groups of a person are found",
    )
    seconds: float = Field(5, gt=0, le=30, description="longest wait for an answer")


class OidcSpec(_Strict):
    """An issuer of signed tokens (OpenID Connect)."""

    issuer: str = Field(min_length=1, description="the `iss` that tokens carry")
    audience: str = Field(min_length=1, description="the `aud` that tokens carry")
    keys: str = Field(min_length=1, description="the issuer's keys (JWKS): a file, or an https address")
    authority: str | None = Field(None, description="PEM file with the authority of that address")
    name: str = Field("preferred_username", description="the claim that holds the name")
    groups: str = Field("groups", description="the claim that holds the groups")
    algorithms: list[Algorithm] = Field(ALGORITHMS, min_length=1, description="how tokens are signed")


class CertificatesSpec(_Strict):
    """Client certificates that are taken on the TLS proxy port."""

    authority: str = Field(description="PEM file with the authority that issues them")
    name: Literal["common-name", "email"] = Field("common-name", description="where the name stands")


class CacheSpec(_Strict):
    """How long an answer is believed, and how many are kept."""

    seconds: float = Field(
        default=300, ge=0, le=3600, description="an answer of a directory is asked for again after this"
    )
    answers: int = Field(default=10_000, ge=1, le=1_000_000, description="answers that are kept")


class AttemptsSpec(_Strict):
    """How many wrong passwords one address may send."""

    wrong: int = Field(default=10, ge=1, description="so many")
    seconds: float = Field(default=300, gt=0, description="in this time; then it has to wait")


class PeopleSpec(_Strict):
    """The people file."""

    people: dict[Name, PersonSpec] = Field(default_factory=dict, description="people by name")
    revoked: list[str] = Field(
        default_factory=list,
        description="names, token ids (`jti`) and certificate serials that are not taken any more",
    )
    plain: bool = Field(
        default=False,
        description="take passwords and tokens also over a connection to the proxy that is not encrypted",
    )
    ldap: LdapSpec | None = None
    oidc: OidcSpec | None = None
    certificates: CertificatesSpec | None = None
    cache: CacheSpec = CacheSpec()
    attempts: AttemptsSpec = AttemptsSpec()

    @field_validator("people", mode="before")
    @classmethod
    def _once(cls, value: object) -> object:
        if isinstance(value, dict) and len({canonical(str(name)) for name in value}) != len(value):
            raise ValueError("one name stands twice in this file, in two spellings")
        return value

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        digests = [token.digest for person in self.people.values() for token in person.tokens.values()]
        if len(set(digests)) != len(digests):
            raise ValueError("one token stands twice in this file")
        return self
