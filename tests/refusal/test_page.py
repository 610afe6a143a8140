from html.parser import HTMLParser

from gateway.messages import messages
from gateway.refusal.page import page
from gateway.refusal.words import Notice

NASTY = '<script>alert("x")</script>&\'"`'
TOLD = Notice(
    say=messages("en"), held=False, seen=NASTY, because=NASTY, terms=NASTY, terms_source=NASTY, instead=NASTY,
    rule=NASTY, reason_code="rule", audit_id="g-1", link="https://a.example/g-1",
)  # fmt: skip


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def read(told: Notice) -> Reader:
    reader = Reader()
    reader.feed(page(told).decode("ascii"))
    return reader


def test_what_rules_say_is_text_and_never_markup() -> None:
    reader = read(TOLD)
    assert "script" not in {tag for tag, _ in reader.tags}
    assert reader.text.count(NASTY) == 6


def test_nothing_is_loaded_from_elsewhere() -> None:
    reader = read(TOLD)
    assert {tag for tag, _ in reader.tags}.isdisjoint({"img", "link", "script", "iframe", "object", "form"})
    assert [attributes["href"] for tag, attributes in reader.tags if tag == "a"] == ["https://a.example/g-1"]
    assert "url(" not in page(TOLD).decode() and "@import" not in page(TOLD).decode()  # noqa: PT018 - one thought


def test_it_is_small_calm_and_readable_in_the_dark() -> None:
    text = page(TOLD).decode()
    assert len(text) < 6000
    assert "prefers-color-scheme:dark" in text
    assert "You have done nothing wrong." in text
    assert "width=device-width" in text
