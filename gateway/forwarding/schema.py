"""The words of the receivers file, as types. A field's description is its documentation."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.errors import ForwardingError, RuleError
from gateway.policy.reading import read_model


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReceiverSpec(_Strict):
    """One place that the record is sent to."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,40}$", description="what it is called in files and messages"
    )
    syslog: str | None = Field(
        None,
        pattern=r"^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}$",
        description="HOST:PORT of a syslog server with TLS (RFC 5425; its usual port is 6514)",
    )
    webhook: str | None = Field(
        None,
        pattern=r"^https://(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?(/[!-~]*)?$",
        max_length=2000,
        description="https address that batches are posted to, instead of `syslog`",
    )
    secret: Path | None = Field(
        None,
        description="file with the key that signs a webhook's batches: `whsec_` and base64; mode 0600",
    )
    format: Literal["ndjson", "cef", "ocsf", "atna", "fhir"] = Field(
        "ndjson", description="how a record is written; as in `leadglass audit export`"
    )
    ca: Path | None = Field(
        None, description="PEM file with the authority of the server; else the system's own"
    )
    certificate: Path | None = Field(
        None, description="PEM file with a client certificate, where one is asked for"
    )
    key: Path | None = Field(None, description="PEM file with its key; mode 0600")
    facility: Annotated[int, Field(ge=0, le=23)] | None = Field(
        None, description="syslog facility; 10 for `atna` (ITI TF-2: 3.20) and 13, log audit, for the rest"
    )
    events: bool = Field(
        default=True, description="starts, stops and other events as well, not decisions alone"
    )
    checkpoints: bool = Field(
        default=True,
        description="signed checkpoints as well: what was sent cannot be changed unseen afterwards",
    )

    @model_validator(mode="after")
    def _pair(self) -> "ReceiverSpec":
        if (self.certificate is None) != (self.key is None):
            raise ValueError("`certificate` and `key` belong together")
        if (self.syslog is None) == (self.webhook is None):
            raise ValueError("it takes either `syslog` or `webhook`")
        if (self.webhook is None) != (self.secret is None):
            raise ValueError("`webhook` and `secret` belong together")
        return self


class ReceiversSpec(_Strict):
    """The receivers file."""

    receivers: list[ReceiverSpec] = Field(min_length=1, description="the places, each on its own")

    @model_validator(mode="after")
    def _one_each(self) -> "ReceiversSpec":
        names = [receiver.name for receiver in self.receivers]
        if len(set(names)) != len(names):
            raise ValueError("two receivers have one name")
        return self


def load_receivers(path: Path) -> tuple[ReceiverSpec, ...]:
    """The receivers in a YAML file; paths in it are relative to it. ForwardingError with every mistake and its line."""
    try:
        spec = read_model(path, ReceiversSpec)
    except RuleError as error:
        raise ForwardingError(str(error)) from None
    return tuple(
        receiver.model_copy(
            update={
                name: path.parent / written
                for name in ("ca", "certificate", "key", "secret")
                if (written := getattr(receiver, name))
            }
        )
        for receiver in spec.receivers
    )
