"""Inputs to begin with, for each target, and the pieces that mean something in them."""

import contextlib
import dataclasses
import io
from collections.abc import Iterator
from random import Random

from fuzz.grammar import Make, documents
from newsletter.settings import ComposeSettings, NewsletterSettings, SelectSettings, SendSettings, Theme

__all__ = [
    "ADDRESSES",
    "ANSWERS",
    "ARTICLES",
    "BODIES",
    "COMMAND_LINES",
    "HEADERS",
    "KEYS",
    "OPTIONS",
    "OUTLINE",
    "PEOPLE",
    "PROJECT",
    "TAGS",
    "draw_pictures",
    "make_front_matter",
    "make_outline",
    "make_project",
]

_TOML = b"""+++
title = "A story with a headline"
date = 2025-05-15T10:00:00Z
summary = "What *happened*, in one sentence."
source = "Field Office"
source_link = "https://source.example/n/1"
enclosure = "https://cdn.example.org/banners/energy-1.jpg"
qrcode = "/codes/1.webp"
url = "a-story"
article_id = 12
categories = ["Energy & Water"]
weight = 3
featured = true
expiryDate = "2030-01-01"
[params]
language = "en"
+++
"""
_YAML = b"---\ntitle: 'A story'\ndate: 2025-05-15 10:00:00 +02:00\ntags: [a, b]\nimages: ['a.png']\ndraft: false\n---\n"
_JSON = b'{"title": "A story", "date": "2025-05-15", "cover": {"image": "a.png"}, "weight": "15"}\n'
_HTML = (
    b'<h2>Head</h2><p>Words <b>bold</b> <a href="/a?b=c">link</a>, <img src="/p.png" width="30" alt="x"></p>'
    b"<table><tr><th>a<td>b</table><ul><li>one<ol start=3><li>two</ol></ul><blockquote>said<hr></blockquote>"
    b"<pre>code\n  here</pre><script>x()</script><!-- note --><div dir=rtl lang=he>&nbsp;&#x5d0;&lt;</div>"
)
_MARKDOWN = (
    b'Words *bold* `code` [link](/a "t") ![picture](/p.png) <b>tag</b>\n\n# Head\n\n- one\n  1. two\n\n> said\n\n'
    b'| a | b |\n| - | - |\n| 1 | 2 |\n\n```\ncode\n```\n{{< figure src="a" >}} {% raw %}\n\n[a]: /b\n'
)
BODIES = (_HTML, _MARKDOWN)
ARTICLES = tuple(head + body for head in (_TOML, _YAML, _JSON) for body in BODIES)
KEYS = (
    "title", "date", "publishDate", "published", "draft", "summary", "description", "source_link", "enclosure", "url",
    "article_id", "qrcode", "source", "categories", "tags", "taxonomies", "expiryDate", "weight", "featured", "images",
    "image", "cover", "aliases", "params", "extra", "language",
)  # fmt: skip
_VALUES = ('"2025-05-15T10:00:00Z"', '"a"', '"/p.png"', '"https://a.example/ü?b#c"', '"a-1.jpg"')
_TOML_KEYS = documents(KEYS, values=(*_VALUES, "2025-05-15", "10:00:00"), form="toml")
_YAML_KEYS = documents(KEYS, values=(*_VALUES, "2025-05-15", "&a", "*a", "!!binary a"), form="yaml")
_JSON_KEYS = documents(KEYS, values=_VALUES)


def make_front_matter(chance: Random) -> bytes:
    """Make an article of any keys and values."""
    match chance.randrange(3):
        case 0:
            return b"+++\n" + _TOML_KEYS(chance) + b"+++\nText.\n"
        case 1:
            return b"---\n" + _YAML_KEYS(chance) + b"---\nText.\n"
        case _:
            return _JSON_KEYS(chance)


TAGS = (
    b"<a ", b"<b id=i>", b"<div>", b"<h1>", b"<img ", b"<li>", b"<p>", b"<pre>", b"<svg>", b"<table>", b"<tr>", b"<td>",
)  # fmt: skip

OUTLINE = b"""# This issue, to edit.
subject = "A story"
preheader = "Also: another"
intro = \"\"\"
Hello {{ merge.first_name }}, *this* is [the site](https://news.example.org/).
\"\"\"

[[articles]]
key = "1"
title = "Another title"
summary = "Another summary"
featured = true

[[articles]]
key = "2"
"""

_HEAD = documents(("subject", "preheader", "intro"), form="toml")
_ENTRY = documents(("key", "title", "summary", "featured"), values=('"1"', '"2"'), form="toml")


def make_outline(chance: Random) -> bytes:
    """Make an issue.toml of any values."""
    entries = [b"[[articles]]\n" + _ENTRY(chance) for _ in range(chance.randint(0, 3))]
    return b"".join([chance.choice((b"", b"subject = 'A'\n")), _HEAD(chance), *entries])


PROJECT = b"""[newsletter]
name = "The Review"
slug = "review"
language = "fr"
timezone = "Europe/Berlin"
base_url = "https://news.example.org"
archive = ["content"]
postal_address = "1 Sample Street"
[select]
sources = ["Field Office"]
limit = 5
order = "weight"
[compose]
subject = "{name}: {headline}"
qr_url = "https://go.example/{key}"
body = "full"
[compose.theme]
accent = "#0a4f96"
logo = "https://news.example.org/logo.png"
[compose.utm]
source = "newsletter"
[compose.labels]
energy = "Energy"
[send]
from = "The Review <review@example.org>"
unsubscribe = {mode = "url", url = "https://news.example.org/u?e={email}"}
rate = 1.5
[send.defaults]
first_name = "reader"
"""


def _table(kind: type) -> Make:
    """Make some keys of a table of newsletter.toml."""
    keys = [field.metadata.get("key", field.name) for field in dataclasses.fields(kind)]
    values = ('"a"', '"#123456"', '"https://a.example/"', '"Europe/Berlin"', '["a"]', "1.5", '"{name}{x}"', '"{"')
    return documents(keys, values=values, form="toml")


_TABLES = (
    ("newsletter", 'name = "A"', _table(NewsletterSettings)),
    ("select", "", _table(SelectSettings)),
    ("compose", "", _table(ComposeSettings)),
    ("compose.theme", "", _table(Theme)),
    ("send", 'from = "a@example.org"', _table(SendSettings)),
)


def make_project(chance: Random) -> bytes:
    """Make a newsletter.toml, one table of which has any values."""
    changed = chance.choice(_TABLES)
    return b"".join(
        f"[{name}]\n{start}\n".encode() + (keys(chance) if name == changed[0] else b"") for name, start, keys in _TABLES
    )


PEOPLE = (
    b'email,first_name\nann@reader.example,Ann\n"bob@reader.example","Bob, ""B"""\n# note\n\n',
    b"Name;Email\r\nAnn;ann@reader.example\r\n",
    b"\xef\xbb\xbfann@reader.example\nbob@xn--bcher-kva.example\nann@b\xc3\xbccher.example\n",
    b'{"email": "ann@reader.example", "first_name": "Ann", "n": 1}\n{"email": "b@c.example", "x": null}\n',
)


def _http(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode() + body


ANSWERS = (
    _http("202 Accepted", b"", "X-Message-Id: abc"),
    _http(
        "400 Bad Request", b'{"errors": [{"message": "bad", "field": "personalizations.1.to.0.email", "help": null}]}'
    ),
    _http("429 Too Many Requests", b"{}", "X-RateLimit-Reset: 1747303200", "Date: Thu, 15 May 2025 10:00:00 GMT"),
    _http("503 Unavailable", b"<html>busy</html>", "Retry-After: 7", "Content-Type: text/html"),
    _http("302 Found", b"", "Location: http://127.0.0.1:9/"),
    _http("200 OK", b'[{"email": "ann@reader.example", "created": 1, "reason": "full"}]'),
    _http("200 OK", b'{"messages": [{"sg_message_id": "a/b"}], "batch_id": "x", "custom_args": {"batch": "1"}}'),
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
)
HEADERS = (
    b"Location: ",
    b"Retry-After: ",
    b"Content-Length: ",
    b"Transfer-Encoding: chunked\r\n",
    b"HTTP/1.1 ",
    b"202 ",
)


def draw_pictures() -> Iterator[bytes]:
    """Draw small pictures of every kind that is read, and a code."""
    from PIL import Image

    from newsletter.composer.qr import draw_codes

    for kind, mode, options in (
        ("PNG", "RGBA", {}), ("PNG", "P", {}), ("PNG", "1", {}), ("PNG", "I;16", {}), ("JPEG", "RGB", {}),
        ("JPEG", "CMYK", {"progressive": True}), ("GIF", "P", {}), ("WEBP", "RGBA", {}), ("BMP", "RGB", {}),
        ("TIFF", "L", {"compression": "tiff_lzw"}), ("AVIF", "RGB", {}),
    ):  # fmt: skip
        saved = io.BytesIO()
        with contextlib.suppress(OSError, KeyError):  # a Pillow without that kind
            Image.new(mode, (12, 9)).save(saved, kind, **options)
            yield saved.getvalue()
    yield draw_codes(["https://news.example.org/story/"])[0].png


ADDRESSES = (
    b"https://user@host.example:443/a/../b%20c;d?e=f&g#h", b"//cdn.example/a.png", b"../a b.png", b"mailto:a@b.example",
    "https://b\u00fccher.example/\u00fc?\u00fc".encode(), b"http://[::1]:80/", b"https://127.0.0.1/",
    b"ann@reader.example",
)  # fmt: skip

_COMMANDS = ["init", "select", "compose", "check", "send", "status", "resolve", "cancel", "suppressions", "prune"]

COMMAND_LINES = tuple(
    line.replace(" ", "\n").encode()
    for line in (
        "select --week --explain --json", "select --since 2025-05-01 --until 2025-05-31 --limit 3",
        "compose --month 2025-05 --issue a --offline --include 12", "compose --last 7d --reselect",
        "check 2025-W20 --strict --json", "send 2025-W20 --dry-run --expect-recipients 1", "send --test a@b.example",
        "status 2025-W20 --json", "resolve 2025-W20 --all --as submitted", "cancel 2025-W20", "suppressions pull",
        "prune --older-than 90d", "prune --recipient a@b.example", "init new --demo", "-q -v select", "--now x select",
    )
)  # fmt: skip
OPTIONS = tuple(
    f"\n{word}".encode()
    for word in (
        *_COMMANDS, "--week", "--day", "--month", "--last", "--since", "--until", "--since-last", "--category",
        "--exclude-category", "--source", "--limit", "--include", "--exclude", "--issue", "--reselect", "--json",
        "--dry-run", "--test", "--sandbox", "--yes", "--recipients", "--expect-recipients", "--all", "--as", "--help",
        "2025-W20", "2025-W53", "2025-02-30", "7d", "99999999999d", "1..2", "-1", "\u0661", "last", "this", "submitted",
    )
)  # fmt: skip
