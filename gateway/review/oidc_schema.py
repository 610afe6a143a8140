"""The words of the file that says who vouches for reviewers, as types. A field's description is its documentation."""

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from gateway.errors import PeopleError, RuleError
from gateway.policy.reading import read_model
from gateway.review.accounts import Role

LONGEST_SECRET: Final = 4096


class RolesSpec(BaseModel):
    """Which groups have which role; who is in several has the one that may most."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    admin: tuple[str, ...] = Field(
        (), description="groups of the issuer whose members are admins of the desk"
    )
    reviewer: tuple[str, ...] = Field((), description="groups whose members are reviewers")
    auditor: tuple[str, ...] = Field((), description="groups whose members are auditors")

    def of(self, groups: frozenset[str]) -> Role | None:
        """The role of somebody in these groups; None where no group has one."""
        ways = ((Role.ADMIN, self.admin), (Role.REVIEWER, self.reviewer), (Role.AUDITOR, self.auditor))
        return next((role for role, names in ways if groups.intersection(names)), None)


class SingleSignOnSpec(BaseModel):
    """An OpenID provider that reviewers sign in at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str = Field(
        pattern=r"^https://[!-~]+$",
        description="the provider, as its tokens name it; its description is read below `/.well-known/openid-configuration`",
    )
    client_id: str = Field(min_length=1, max_length=300, description="how the provider knows the desk")
    client_secret: Path = Field(description="file with the secret that goes with it; mode 0600")
    called: str = Field(
        "single sign-on", max_length=60, description="what people call it: stands on the button"
    )
    ca: Path | None = Field(None, description="PEM file with the provider's authority; else the system's own")
    name: str = Field(
        "preferred_username", description="the claim that names a person; one that people cannot choose"
    )
    groups: str = Field("groups", description="the claim with the groups of a person")
    scopes: tuple[str, ...] = Field(("profile",), description="what is asked for beside `openid`")
    roles: RolesSpec = Field(description="which groups may do what; who is in none of them cannot sign in")


def load_single_sign_on(path: Path) -> tuple[SingleSignOnSpec, str]:
    """The file, its paths resolved beside it, and the secret. PeopleError with every mistake."""
    try:
        spec = read_model(path, SingleSignOnSpec)
    except RuleError as error:
        raise PeopleError(str(error)) from None
    beside = path.parent
    update = {"client_secret": beside / spec.client_secret, "ca": beside / spec.ca if spec.ca else None}
    spec = spec.model_copy(update=update)
    try:
        if spec.client_secret.stat().st_mode & 0o077:
            raise PeopleError(f"others can read {spec.client_secret}; make it mode 0600")
        secret = spec.client_secret.read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        raise PeopleError(f"{spec.client_secret} cannot be read ({type(error).__name__})") from None
    if not 0 < len(secret) <= LONGEST_SECRET:
        raise PeopleError(f"{spec.client_secret} holds no secret")
    return spec, secret
