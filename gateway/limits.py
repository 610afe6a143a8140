"""How much the gateway is willing to read, unfold and wait for.

Each number is a setting (`gateway.settings` reads `LEADGLASS_LIMITS_<NAME>`); the reason stands beside it.
"""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of one examination and of all of them together."""

    body_bytes: int = 128 * MIB
    """One request body as it travels. AI services refuse files far smaller than this; a CT series fits."""
    in_flight_bytes: int = 512 * MIB
    """All bodies held at once. mitmproxy holds a body two to three times over; this keeps a host of 2 GiB safe."""
    sender_bytes: int = 256 * MIB
    """The part of the line above that the bodies of one address may take; one body always may."""
    held_bytes: int = 256 * MIB
    """All pieces of split uploads that wait for the rest, part of the lines above. One sender may take half of it."""
    held_uploads: int = 64
    """Split uploads that wait for the rest at once. One sender may have half of them."""
    held_seconds: float = 1800.0
    """One split upload from its first piece to its last. At 128 MiB that is 75 kB a second."""
    decoded_bytes: int = 512 * MIB
    """One body after its content coding is undone, and everything unpacked from it, added up."""
    expansion_ratio: int = 200
    """Unfolded over folded bytes, after the first MiB. Real text reaches about 20; bombs begin at 1,000."""
    layers: int = 2
    """Content codings on one body. No known client uses more than one."""
    parts: int = 1_000
    """Pieces in one body: form fields, JSON payloads, archive members."""
    depth: int = 8
    """Containers inside containers. A scan in a slide deck in a zip in an e-mail is four."""
    json_depth: int = 64
    """Nesting of a JSON body. Agents with long tool histories stay below 30."""
    pixels: int = 120_000_000
    """One picture, all channels counted once. A 100-megapixel camera fits; bombs claim thousands of megapixels."""
    picture_bytes: int = 220 * MIB
    """Memory one picture may take at its peak, file and pixels; with it a judging worker stays below 350 MiB."""
    frames: int = 2_000
    """Frames of one picture that are accounted for. A breast tomosynthesis has hundreds."""
    frames_examined: int = 16
    """Frames of one series that are looked at when only the question "is it medical" is open."""
    seconds: float = 20.0
    """One examination from hand-over to answer. Beyond it the worker is killed and the upload refused."""
    redact_seconds: float = 60.0
    """One redaction, all frames."""
    head_bytes: int = 64 * 1024
    """Request line and headers at an inspected destination. Browsers' cookies stay below 16 KiB."""
    message_bytes: int = 32 * MIB
    """One WebSocket message; the largest an official client sends is about 16 MiB of base64."""
