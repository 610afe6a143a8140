"""Every way the gateway can fail, as one short tree of exceptions.

A message never holds content: no body, no header value, no text read from an image, no file name. Foreign
exceptions are translated at the border; their *type* may be named, their message is dropped, because it can
quote the patient.
"""


class GatewayError(Exception):
    """Something the gateway knows how to answer: a refusal with this reason code."""

    reason: str = "not-examined"

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        if reason is not None:
            self.reason = reason


class WireError(GatewayError):
    """The body does not say what its framing promises."""

    reason = "undecodable"


class FormatError(GatewayError):
    """A file is not what its first bytes promise, or cannot be opened."""

    reason = "unreadable"


class LimitReached(GatewayError):  # noqa: N818 - reaching a limit is an answer, not a mistake
    """Reading on would cost more than the gateway is willing to spend."""

    reason = "over-limit"


class RuleError(GatewayError):
    """The rules cannot be used; the message lists every mistake, one a line."""

    reason = "rules-invalid"


class RedactionError(GatewayError):
    """What was asked for cannot be removed from this file."""

    reason = "cannot-redact"


class AuditError(GatewayError):
    """The ledger could not make a record durable, or a record does not verify."""

    reason = "ledger-unavailable"


class WorkerError(GatewayError):
    """An examination died, hung or answered nonsense."""

    reason = "worker-died"


class PeopleError(GatewayError):
    """It cannot be told who somebody is: the people file is unusable, or a directory does not answer."""

    reason = "directory-failed"


class ExemptionError(GatewayError):
    """An exemption cannot be asked for, granted or declined; the message says why."""


class EvidenceError(GatewayError):
    """What was sealed cannot be kept or opened; the message says why."""


class ForwardingError(GatewayError):
    """The record cannot be sent on: the receivers file is unusable, or a receiver does not take it."""

    def __init__(self, words: str, *, after: float = 0.0) -> None:
        """`after` is how many seconds the receiver asked to be left alone."""
        super().__init__(words)
        self.after = after


class SettingsError(GatewayError):
    """The gateway cannot start as it was told to; the message says what to change."""

    reason = "settings-invalid"
