"""The closed list of reason codes: why an upload was refused although no rule about its content spoke.

Code to plain words. The words finish the sentence "Nothing was sent, because ...". A code that is not in this list
is answered with the words of `not-examined`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

RULE: Final = "rule"
UNFORESEEN: Final = "unforeseen"

CONTENT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "undecodable": "the upload is packed in a way that cannot be opened",
        "unreadable": "a file in it is damaged, or is not what it claims to be",
        "empty": "a file in it is empty",
        "not-text": "something in it is labelled as text and is not",
        "hidden-file": "a file is hidden inside text",
        "opaque-text": "a long sealed text in it cannot be read",
        "embedded-picture": "a picture is hidden inside a sound file",
        "metadata-damaged": "the description inside a picture is damaged",
        "hidden-pages": "a document holds pages or pictures that are not shown",
        "over-limit": "it is larger than what can be examined",
        "expansion": "it unfolds to far more than it seems to be",
        "too-deep": "too many files are packed inside one another",
        "too-many-bytes": "it unfolds to more than can be examined",
        "too-many-parts": "it holds more pieces than can be examined",
        "too-many-pixels": "a picture in it is larger than can be examined",
        "too-many-frames": "a series in it has more frames than can be examined",
        "polyglot": "a file in it is two kinds of file at once",
        "encrypted": "it is encrypted or locked by a password",
        "unclaimed": "it is a kind of file that nobody here knows how to examine",
        "ambiguous": "it can be read in more than one way",
        "bad-chunks": "its pieces do not fit together",
        "bad-coding": "it is not packed in the way that it claims",
        "unknown-coding": "it is packed in a way that is not known here",
        "charset": "its text is written in an alphabet that cannot be told for certain",
        "bad-multipart": "its form is not put together as it should be",
        "bad-content-type": "what it claims to be cannot be read",
        "label-lies": "a part of it is not what its label says",
        "bad-json": "its JSON is damaged or ambiguous",
        "duplicate-keys": "its JSON says something twice",
        "bad-frames": "its gRPC messages are damaged",
        "bad-protobuf": "its messages are damaged",
        "bad-packed": "its packed data are damaged",
        "codec-failed": "opening it failed",
        "too-large": "it is larger than what can be examined",
        "partial-upload": "it is one piece of a larger file, and the whole has not been seen",
        "split-upload": "it is sent in pieces that cannot be put together and examined here",
        "timeout": "examining it took too long",
        "worker-died": "examining it failed",
        "busy": "too many uploads are being examined at this moment",
        "memory": "examining it needs more memory than there is",
    }
)
"""What can be true of an upload, or happen while it is examined. Rules can answer these (`on_failure`)."""

PATH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "not-examined": "it could not be examined",
        "ledger-unavailable": "the record of decisions cannot be written, and nothing leaves unrecorded",
        "rules-invalid": "the organisation's rules cannot be used",
        "settings-invalid": "the gateway is not set up correctly",
        "host-mismatch": "the request names more than one destination",
        "ambiguous-headers": "its headers can be read in more than one way",
        "header-refused": "its headers are not those of a sound request",
        "upgrade-refused": "it wants to change to a protocol that cannot be examined",
        "stream-refused": "it is sent as a stream that cannot be held and examined",
        "not-http": "it is not a web request",
        "not-identified": "the gateway does not know who is sending it",
        "sign-in-blocked": "too many wrong passwords came from this machine",
        "sign-in-plain": "the password was sent to the gateway over a connection that others can read",
        "directory-failed": "the list of people could not be asked who is sending it",
        "signed-body": "it is sealed by a signature, so nothing can be removed from it",
        "length-changed": "the cleaned file would have another length than the service was promised",
        "declared-size": "the service was promised a length that the cleaned file would not have",
        "cannot-redact": "what has to be removed cannot be removed from it",
        "unknown-upload": "it is a piece of a larger upload whose beginning is not here",
        "pieces-mismatch": "its pieces overlap, leave a gap, or are not what was announced",
        "too-many-held": "too many uploads in pieces are waiting for their rest",
        UNFORESEEN: "something was found in it that no rule speaks of",
        RULE: "a rule of the organisation says no",
    }
)
"""What stands no matter what a rule says: these are always refused."""

ADVICE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "not-identified": "Sign in to the proxy with your name and password, or use your personal proxy address or token. "
        "Whoever looks after your computers can give you one",
        "sign-in-blocked": "Wait a few minutes, then sign in to the proxy again",
        "sign-in-plain": "Use the encrypted address of the proxy (it begins with https), and change the password",
        "directory-failed": "Try again in a few minutes. If it stays so, tell whoever looks after your computers",
    }
)
"""What the sender can do, where the organisation's rules do not say it."""

_REMEDIES: Final = {
    "unlock": "encrypted",
    "look-again": "empty",
    "save-again": "unreadable not-text hidden-file embedded-picture metadata-damaged hidden-pages polyglot label-lies",
    "send-less": "over-limit expansion too-many-bytes too-many-parts too-many-pixels too-many-frames too-large memory",
    "unpack": "undecodable too-deep",
    "common-format": "unclaimed opaque-text",
    "one-piece": "partial-upload split-upload",
    "start-again": "unknown-upload pieces-mismatch",
    "piece-or-later": "too-many-held",
    "later": "busy",
    "once-more": "timeout worker-died codec-failed not-examined",
    "not-you": "ledger-unavailable rules-invalid settings-invalid",
    "other-program": "ambiguous bad-chunks bad-coding unknown-coding charset bad-multipart bad-content-type bad-json duplicate-keys bad-frames bad-protobuf bad-packed host-mismatch ambiguous-headers header-refused upgrade-refused stream-refused not-http",
    "without-names": "signed-body length-changed declared-size cannot-redact",
    "ask-rules": UNFORESEEN,
}
REMEDIES: Final[Mapping[str, str]] = MappingProxyType(
    {code: remedy for remedy, codes in _REMEDIES.items() for code in codes.split()}
)
"""What the sender of such an upload can do; the words are in the catalogues, under `remedy`."""

NAMED_ONLY: Final = frozenset({"split-upload"})
"""What `on_failure: any` does not excuse: nobody has seen the file, so a rule must say in so many words that it may go."""

REASONS: Final[Mapping[str, str]] = MappingProxyType({**CONTENT, **PATH})


def words_for(code: str) -> str:
    """The plain words of a reason code; a code that is not known says that the upload was not examined."""
    return REASONS.get(code, PATH["not-examined"])
