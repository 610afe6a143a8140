"""Keeps what an ICC profile says about colours and removes what it says about whose screen it was."""

HEAD = 128
COLOUR_TAGS = frozenset(
    b"rXYZ gXYZ bXYZ rTRC gTRC bTRC kTRC wtpt bkpt chad lumi A2B0 A2B1 A2B2 B2A0 B2A1 B2A2 gamt cicp meas view tech "
    b"chrm clrt D2B0 D2B1 D2B2 D2B3 B2D0 B2D1 B2D2 B2D3 pre0 pre1 pre2 rig0 rig2 colf".split()
)
"""Tags that hold numbers about colours (ICC.1:2022, chapter 9). Names, makers, comments and private tags are not here."""
NAME = "Embedded RGB"
"""What every cleaned profile is called; the standard demands a description and a copyright."""
MOST_TAGS = 100


def neutral_profile(profile: bytes) -> bytes:
    """The same colours under no name; empty where the profile cannot be understood (sRGB is then assumed).

    Removed: description, copyright, makers, models, comments, private tags, creation date, creator and identifiers in
    the head. The same input always gives the same output, and cleaning twice changes nothing.
    """
    count = int.from_bytes(profile[HEAD : HEAD + 4])
    if profile[36:40] != b"acsp" or not 0 < count <= MOST_TAGS or len(profile) < HEAD + 4 + 12 * count:
        return b""
    modern = profile[8] >= 4
    bodies: list[tuple[bytes, bytes]] = [
        (b"desc", _text(modern=modern)),
        (b"cprt", _copyright(modern=modern)),
    ]
    for index in range(count):
        entry = profile[HEAD + 4 + 12 * index : HEAD + 16 + 12 * index]
        start, size = int.from_bytes(entry[4:8]), int.from_bytes(entry[8:12])
        if entry[:4] in COLOUR_TAGS and start >= HEAD and start + size <= len(profile):
            bodies.append((entry[:4], profile[start : start + size]))
    return _assembled(profile, bodies)


def _assembled(profile: bytes, bodies: list[tuple[bytes, bytes]]) -> bytes:
    at = HEAD + 4 + 12 * len(bodies)
    table, data, places = b"", b"", dict[bytes, int]()
    for name, body in bodies:
        if body not in places:  # the three tone curves are usually one
            data += b"\x00" * (-(at + len(data)) % 4)
            places[body] = at + len(data)
            data += body
        table += name + places[body].to_bytes(4) + len(body).to_bytes(4)
    data += b"\x00" * (-(at + len(data)) % 4)
    # Kept: version, class, colour space, connection space, rendering intent, illuminant. The rest says who and when.
    head = bytearray(HEAD)
    for start, end in ((8, 24), (36, 40), (64, 80)):
        head[start:end] = profile[start:end]
    head[0:4] = (at + len(data)).to_bytes(4)
    return bytes(head) + len(bodies).to_bytes(4) + table + data


def _text(*, modern: bool) -> bytes:
    if modern:
        return _unicode(NAME)
    name = NAME.encode() + b"\x00"
    return b"desc" + bytes(4) + len(name).to_bytes(4) + name + bytes(78)


def _copyright(*, modern: bool) -> bytes:
    return _unicode("None") if modern else b"text" + bytes(4) + b"None\x00"


def _unicode(text: str) -> bytes:
    """One record of the type that ICC calls multiLocalizedUnicode."""
    encoded = text.encode("utf-16-be")
    return (
        b"mluc"
        + bytes(4)
        + (1).to_bytes(4)
        + (12).to_bytes(4)
        + b"enUS"
        + len(encoded).to_bytes(4)
        + (28).to_bytes(4)
        + encoded
    )
