"""E-mail: attachments in every coding, messages in messages, and everything around them."""

import binascii
import email
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.policy import SMTP

import pytest

from gateway.limits import Limits
from gateway.model import Format
from tests.unpack import made
from tests.unpack.made import JPEG, PNG


def _mail(
    *attachments: tuple[str, bytes], cte: str = "base64", words: str = "See the picture."
) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"], mail["Date"] = (
        "a@example.org",
        "b@example.org",
        "x",
        "Mon, 1 Jan 2024 10:00:00 +0000",
    )
    mail.set_content(words)
    for name, content in attachments:
        mail.add_attachment(content, "image", "png", filename=name, cte=cte)
    return mail


TWO = _mail(("scan.png", PNG), ("other.jpg", JPEG)).as_bytes()
TEXT = TWO.decode("latin-1")


def test_attachments_bodies_and_headers_are_parts() -> None:
    assert made.findings(TWO) == []
    found = made.contents(TWO)
    assert found[("scan.png",)] == PNG
    assert found[("other.jpg",)] == JPEG
    assert found[("part 1",)].strip() == b"See the picture."
    assert b"Subject: x" in found[("(headers)",)]
    assert [part.text for part in made.parts(TWO)[1:]] == [True, True, False, False]


@pytest.mark.parametrize("cte", ["base64", "quoted-printable"])
def test_an_attachment_is_replaced_in_place(cte: str) -> None:
    data = _mail(("scan.png", PNG), ("other.jpg", JPEG), cte=cte).as_bytes()
    new = made.replaced(data, {("scan.png",): made.OTHER_PNG})
    assert made.contents(new) == {**made.contents(data), ("scan.png",): made.OTHER_PNG}
    again = [
        part.get_payload(decode=True) for part in email.message_from_bytes(new).walk() if part.get_filename()
    ]
    assert again == [made.OTHER_PNG, JPEG]
    start = data.index(b"scan.png")
    assert new[:start] == data[:start]


def test_messages_inside_messages_are_opened() -> None:
    outer = _mail()
    outer.add_attachment(_mail(("scan.png", PNG)))
    assert made.holds(outer.as_bytes())
    deep = _mail(("scan.png", PNG))
    for _ in range(12):
        around = _mail()
        around.add_attachment(deep)
        deep = around
    assert ("over-limit", "too-deep") in made.findings(deep.as_bytes())


def test_a_mailbox_is_split_into_its_messages() -> None:
    box = b"".join(b"From a@example.org Mon Jan  1 10:00:00 2024\n" + _mail((name, content)).as_bytes().replace(b"\r\n", b"\n") + b"\n" for name, content in (("a.png", PNG), ("b.png", made.OTHER_PNG)))  # fmt: skip
    assert ("message 2", "b.png") in made.contents(box)
    assert made.holds(box)
    new = made.replaced(box, {("message 2", "b.png"): PNG})
    assert made.contents(new)[("message 2", "b.png")] == PNG


def _uu() -> bytes:
    lines = b"".join(binascii.b2a_uu(PNG[at : at + 45]) for at in range(0, len(PNG), 45))
    return (
        b"From: a@example.org\nTo: b@example.org\nSubject: x\n\nHello\nbegin 644 scan.png\n"
        + lines
        + b"`\nend\n"
    )


def test_a_uuencoded_picture_in_the_text_is_found() -> None:
    assert made.holds(_uu())


_BOUNDARY = TEXT.split('boundary="')[1].split('"')[0]
CROOKED = {
    "no closing boundary": (TEXT.replace(f"--{_BOUNDARY}--", ""), "ambiguous"),
    "no boundary parameter": (TEXT.replace(f'; boundary="{_BOUNDARY}"', ""), "ambiguous"),
    "two content types": (TEXT.replace("MIME-Version: 1.0\r\n", f'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="{_BOUNDARY}"\r\n', 1), "ambiguous"),
    "unknown transfer coding": (TEXT.replace("Content-Transfer-Encoding: base64", "Content-Transfer-Encoding: x-rot13", 1), "undecodable"),
    "junk in base64": (TEXT.replace("iVBOR", "iV*BOR", 1), "undecodable"),
}  # fmt: skip


@pytest.mark.parametrize("name", CROOKED)
def test_crooked_messages_are_findings(name: str) -> None:
    text, reason = CROOKED[name]
    assert text != TEXT
    assert ("unreadable", reason) in made.findings(text.encode("latin-1"))


@pytest.mark.parametrize("name", ["no closing boundary", "two content types", "junk in base64"])
def test_their_pictures_are_seen_anyway(name: str) -> None:
    assert made.holds(CROOKED[name][0].encode("latin-1"))


def test_preamble_and_epilogue_are_looked_at() -> None:
    import base64

    uri = "data:image/png;base64," + base64.b64encode(made.OTHER_PNG).decode()
    before = TEXT.replace(f"--{_BOUNDARY}\r\n", f"{uri}\r\n{'. ' * 100}\r\n--{_BOUNDARY}\r\n", 1)
    after = TEXT + uri
    for text in (before, after):
        assert made.holds(text.encode("latin-1"), made.OTHER_PNG)


@pytest.mark.parametrize(
    "kind",
    [
        'multipart/encrypted; protocol="application/pgp-encrypted"',
        "application/pkcs7-mime; smime-type=enveloped-data",
    ],
)
def test_encrypted_mail_says_so(kind: str) -> None:
    head = f"From: a@example.org\r\nTo: b@example.org\r\nMIME-Version: 1.0\r\nContent-Type: {kind}; boundary=x\r\n\r\n"
    assert ("encrypted", "encrypted") in made.findings((head + "--x\r\n\r\nsecret\r\n--x--\r\n").encode())


def test_text_in_utf_16_is_shown_as_utf_8() -> None:
    mail = _mail()
    mail.add_attachment(MIMEApplication(b"x")) if False else None
    raw = b"From: a@example.org\nTo: b@example.org\nSubject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-16le\nContent-Transfer-Encoding: base64\n\n"
    raw += binascii.b2a_base64("Frau Müller".encode("utf-16-le"))
    assert "Frau Müller".encode() in made.contents(raw).values()


def test_a_web_archive_is_a_mail() -> None:
    mail = _mail(("scan.png", PNG))
    mail.replace_header("Content-Type", mail["Content-Type"].replace("multipart/mixed", "multipart/related"))
    assert made.parts(mail.as_bytes())[0].format is Format.EMAIL
    assert made.holds(mail.as_bytes(), PNG, Limits())
