"""The words of destinations.yaml and organisation.yaml, as types."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from gateway.policy.spelling import NAME, Size, Strict, Words, one_answer

type Answer = Annotated[Literal["yes", "no", "depends", "unknown"], BeforeValidator(one_answer)]
type Name = Annotated[str, Field(pattern=NAME)]
type Operations = dict[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")], Words]


class OpaqueSpec(Strict):
    """A provider's own sealed string, let through unread after a look for hidden files."""

    path: str = Field(min_length=1, description="`a.b[*].c` inside JSON; `**.c` at any depth")
    alphabet: Literal["base64", "base64url", "hex", "token", "any", "first-bytes"] = "base64"
    max: Size = "1 MiB"
    operation: str = Field("", description="only in this operation; needed by `first-bytes`")


class AccountSpec(Strict):
    """Where requests say whose they are."""

    header: Words | None = Field(None, description="workspace headers that the provider itself verifies")
    path: Words | None = Field(None, description="a path prefix with one `{account}`")
    host: bool = Field(default=False, description="the host name is the account")
    key: Words | None = Field(None, description="headers that hold the API key")
    query: Words | None = Field(None, description="query fields that hold the API key")


class TermsSpec(Strict):
    """What is publicly known; leave out what is not."""

    trains_on_uploads: Answer = "unknown"
    opt_out: Answer = "unknown"
    baa_available: Answer = "unknown"
    shared_with_affiliates: Answer = "unknown"
    retention: str = "unknown"
    retention_days: Annotated[int, Field(ge=0, le=36_500)] | None = Field(
        default=None, description="at most so many days, where one number says it"
    )
    baa_plan: str = Field(default="", description="for which plan an agreement can be made")
    hipaa: str = Field(default="", description="what the service itself says")
    note: str = ""
    source: str = ""
    as_of: date | None = None

    @model_validator(mode="after")
    def _with_a_source(self) -> Self:
        said = self.model_fields_set - {"note", "source", "as_of"}
        if said and not (self.source and self.as_of):
            raise ValueError(
                "what is said of a service's terms needs a `source` and the day it was read (`as_of`)"
            )
        return self


class ProviderSpec(Strict):
    """One service."""

    title: str = Field(min_length=1, max_length=60)
    exposure: Literal["public", "storage"] = Field("public", alias="class")
    shape: str = "generic"
    hosts: Words
    ports: Annotated[list[Annotated[int, Field(ge=1, le=65535)]], Field(min_length=1)] | None = None
    uses: Words | None = Field(None, description="sets of operations")
    base: str = Field(
        "", pattern=r"^(/[A-Za-z0-9._{}-]+)*$", description="stands before every path of `uses`"
    )
    operations: Operations = Field(default_factory=dict)
    sealed: Operations = Field(
        default_factory=dict, description="operational bodies that are let through unread"
    )
    opaque: list[OpaqueSpec] = Field(default_factory=list)
    account: AccountSpec | None = None
    signed: bool = False
    terms: TermsSpec = TermsSpec()
    sources: Words


class AgreementSpec(Strict):
    """A business associate agreement of this organisation."""

    provider: str
    id: str = Field(min_length=1, max_length=80)
    until: date
    accounts: Words


class CatalogueSpec(Strict):
    """A catalogue, or an organisation's additions to one."""

    operations: dict[Name, Operations] = Field(default_factory=dict)
    opaque: dict[Name, list[OpaqueSpec]] = Field(
        default_factory=dict, description="sealed strings by set of operations"
    )
    providers: dict[Name, ProviderSpec] = Field(default_factory=dict)
    agreements: list[AgreementSpec] = Field(default_factory=list)
    networks: dict[Name, Words] = Field(
        default_factory=dict, description="names for client networks, for `network` in rules"
    )
    ai_names: list[str] = Field(
        default_factory=list, description="expressions for AI services that are not listed"
    )
