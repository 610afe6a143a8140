"""The page that a person sees in a browser: large, calm, without anything loaded from elsewhere."""

from html import escape
from typing import Final

from gateway.refusal.words import Notice

POLICY: Final = b"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Content-Security-Policy: nothing but the style that stands in the page."""

_STYLE: Final = """
:root{color-scheme:light dark;--page:#f4f5f2;--card:#fff;--ink:#1b2420;--soft:#56635c;--line:#d5dbd6;--mark:#a4442a;--help:#e8efe9}
@media(prefers-color-scheme:dark){:root{--page:#141917;--card:#1d2421;--ink:#e9efeb;--soft:#a3b0a8;--line:#35403a;--mark:#ee9a7c;--help:#26312b}}
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);font:18px/1.5 system-ui,sans-serif;padding:clamp(16px,6vh,72px) 16px}
main{max-width:640px;margin:auto;background:var(--card);border:1px solid var(--line);border-radius:12px;padding:clamp(20px,5vw,40px)}
h1{font-size:1.6em;line-height:1.25;margin:0 0 .6em;color:var(--mark);text-wrap:balance}p{margin:.6em 0}
.seen{font-size:1.15em;font-weight:600}.help{background:var(--help);border-radius:8px;padding:.8em 1em;margin:1.2em 0}.help b,.about b,.about small{display:block}.about{font-size:.9em;color:var(--soft);margin:1.2em 0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2em 1em;font-size:.85em;color:var(--soft);border-top:1px solid var(--line);margin:1.6em 0 0;padding-top:1em}
dd{margin:0;overflow-wrap:anywhere;user-select:all}a{color:inherit}
"""


def page(told: Notice) -> bytes:
    """A refusal as one HTML page, in the language of its notice."""
    say = told.say
    heading = say("page.heading_held" if told.held else "page.heading_stopped")
    parts = [
        f'<p class="seen">{_text(told.seen)}</p>' if told.seen else "",
        f"<p>{_text(told.because)}</p>" if told.because else "",
    ]
    if told.instead:
        parts.append(f'<div class="help"><b>{_text(say("page.can_do"))}</b>{_text(told.instead)}</div>')
    if told.link:
        parts.append(f'<p><a href="{_text(told.link)}">{_text(say("page.see"))}</a></p>')
    if told.terms:
        source = f"<small>{_text(told.terms_source)}</small>" if told.terms_source else ""
        parts.append(
            f'<div class="about"><b>{_text(say("page.service"))}</b>{_text(told.terms)}{source}</div>'
        )
    return (
        f'<!doctype html><html lang="{say.language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{_text(heading)} - Leadglass</title><style>{_STYLE}</style></head><body><main>'
        f"<h1>{_text(heading)}</h1>{''.join(parts)}<p>{_text(say('page.calm'))}</p>"
        f"<dl><dt>{_text(say('page.rule'))}</dt><dd>{_text(told.rule)}</dd>"
        f"<dt>{_text(say('page.reference'))}</dt><dd>{_text(told.audit_id)}</dd></dl></main></body></html>"
    ).encode("ascii", "xmlcharrefreplace")


def _text(text: str) -> str:
    return escape("".join(letter for letter in text if not "\ud800" <= letter <= "\udfff"))
