"""Articles of up to one megabyte that would cost hours or gigabytes, each by one thing that it has too much of."""

from collections.abc import Iterator, Mapping
from itertools import chain

__all__ = ["CASES", "PLAIN"]

_SIZE = 1_000_000
_KEYS = {"title": "Bad", "date": "2025-05-13T09:00:00Z"}
_LINK = '<a href="https://far.example/%d">%d</a> '


def _fill(piece: str, less: int = 0) -> str:
    """Repeat `piece` up to the size of a case, `less` some characters."""
    return piece * ((_SIZE - less) // len(piece.encode()))


def _numbered(piece: str) -> str:
    """Repeat `piece` with a number in each place that it has for one, up to the size of a case."""
    places = piece.count("%d")
    count = _SIZE // (len(piece) + 4 * places)
    return "".join(piece % ((number,) * places) for number in range(count))


def _toml(body: str = "<p>x</p>", **keys: str) -> bytes:
    lines = (f'{key} = "{value}"\n' for key, value in {**_KEYS, **keys}.items())
    return f"+++\n{''.join(lines)}+++\n{body}\n".encode()


def _toml_lines(lines: str) -> bytes:
    return f'+++\ntitle = "Bad"\ndate = 2025-05-13T09:00:00Z\n{lines}\n+++\n<p>x</p>\n'.encode()


def _yaml(lines: str) -> bytes:
    return f"---\ntitle: Bad\ndate: 2025-05-13T09:00:00Z\n{lines}\n---\n<p>x</p>\n".encode()


def _json(members: str) -> bytes:
    return f'{{"title": "Bad", "date": "2025-05-13T09:00:00Z", {members}}}\n<p>x</p>\n'.encode()


def _markdown(body: str) -> bytes:
    return _toml("Words first.\n\n" + body)


PLAIN = _toml(summary="s")


def _texts() -> Iterator[tuple[str, bytes]]:
    yield "title-endless-word", _toml(title=_fill("h", 200), summary="s")
    yield "title-words", _toml(title=_fill("word ", 200), summary="s")
    yield "title-entities", _toml(title=_fill("&amp;", 200), summary="s")
    yield "title-tags", _toml(title=_fill("<b ", 200), summary="s")
    yield "summary-endless-word", _toml(summary=_fill("h", 200))
    yield "summary-brackets", _toml(summary=_fill("[", 200))
    yield "summary-links", _toml(summary=_fill("[a](b ", 200))
    yield "summary-emphasis", _toml(summary=_fill("*a _b ", 200))
    yield "summary-code", _toml(summary="`a``b" * 1600)
    yield "summary-comments", _toml(summary="<!-- -" * 1600)
    yield "summary-shortcodes", _toml(summary="{{< {% {{a(" * 900)
    yield "title-emphasis", _toml(summary="s", title="*a _b `c" * 1200)
    yield "description-blanks", _toml(description="a" + _fill(" ", 200) + "b")
    yield "enclosure-digits", _toml(summary="s", enclosure=f"https://cdn.example/{_fill('1', 200)}x.jpg")
    yield "enclosure-letters", _toml(summary="s", enclosure=f"https://cdn.example/{_fill('a-1', 200)}.jpg")
    yield "path-days", _toml(summary="s", path=_fill("9999-99-99/", 200))
    yield "enclosure-accents", _toml(summary="s", enclosure=f"https://a{_fill(chr(0x301), 200)}.example/x.jpg")
    yield "source-link-accents", _toml(summary="s", source_link=f"https://a{_fill(chr(0x301), 200)}.example/")
    yield "source-link-turns", _toml(summary="s", source_link="https://a" + _fill("\u0301\u0327", 200) + ".example/")
    yield "url-long", _toml(summary="s", url=_fill("a/", 200))
    yield "url-quoted", _toml(summary="s", url=_fill("%25", 200))
    yield "qrcode-long", _toml(summary="s", qrcode="https://cdn.example/" + _fill("q", 200))
    yield "source-long", _toml(summary="s", source=_fill("S", 200))
    yield "article-id-long", _toml(summary="s", article_id=_fill("7", 200))
    yield "language-long", _toml(summary="s", language=_fill("en-", 200))
    yield "category-accents", _toml(summary="s", category="a" + _fill("\u0301\u0327", 200))


def _front_matter() -> Iterator[tuple[str, bytes]]:
    yield "toml-categories", _toml_lines("categories = [" + _numbered('"c%d",') + "]")
    yield "toml-keys", _toml_lines(_numbered("k%d = 1\n"))
    yield "toml-tables", _toml_lines(_numbered("[t%d]\n"))
    yield "toml-table-arrays", _toml_lines(_fill("[[t]]\n", 200))
    yield "toml-nested-arrays", _toml_lines("x = " + _fill("[", 200))
    yield "toml-nested-tables", _toml_lines("x = " + _fill("{a=", 200))
    yield "toml-dotted-key", _toml_lines(_fill("a.", 200) + "a = 1")
    yield "toml-dotted-header", _toml_lines("[" + _fill("a.", 200) + "a]")
    yield "toml-dotted-inline", _toml_lines("x = {" + _fill("a.", 200) + "a = 1}")
    yield "toml-dotted-keys", _toml_lines("\n".join("b." * 500 + f"k{number} = 1" for number in range(970)))
    yield "toml-hex", _toml_lines("weight = 0x" + _fill("f", 200))
    yield "toml-digits", _toml_lines("weight = " + _fill("9", 200))
    yield "toml-unclosed", _toml_lines('x = """' + _fill('""\\"', 200))
    yield "toml-quotes", _toml_lines(_fill("'", 200))
    yield "toml-comments", _toml_lines(_fill("#\n", 200))
    yield "toml-escapes", _toml_lines('x = "' + _fill("\\u00e9", 200) + '"')
    yield "toml-blanks", _toml_lines("x = [\n" + _fill(" ", 200) + "x")
    yield "yaml-flow", _yaml("x: " + _fill("[", 200))
    yield "yaml-flow-maps", _yaml("x: " + _fill("{a: ", 200))
    yield "yaml-blocks", _yaml("x:\n" + "\n".join(" " * depth + "a:" for depth in range(1400)))
    yield "yaml-dashes", _yaml("x:\n  " + _fill("- ", 200))
    yield "yaml-keys", _yaml(_numbered("k%d: 1\n"))
    yield "yaml-unclosed", _yaml('x: "' + _fill("a\n ", 200))
    yield "yaml-questions", _yaml("x:\n  " + _fill("? ", 200))
    yield "yaml-aliases", _yaml("a: &a [x,x,x,x,x,x,x,x,x]\nb: [" + _fill("*a,", 200) + "]")
    yield "yaml-anchors", _yaml("x: [" + _numbered("&a%d x,") + "]")
    yield "yaml-string", _yaml("x: " + _fill("word ", 200))
    yield "yaml-lines", _yaml("x: |\n" + _fill("  word\n", 200))
    yield "json-nested", _json('"x": ' + _fill("[", 200))
    yield "json-nested-tables", _json('"x": ' + _fill('{"a":', 200))
    yield "json-keys", _json(_numbered('"k%d": 1, ') + '"x": 1')
    yield "json-digits", _json('"weight": ' + _fill("9", 200))
    yield "json-unclosed", _json('"x": "' + _fill("a", 200))
    yield "json-blanks", _json('"x": ' + _fill(" ", 200))
    yield "unreadable-lines", b"+++\ntitle = \n" + _fill("date = x\n", 200).encode() + b"+++\n<p>x</p>"
    yield "unreadable-blanks", b"+++\nx = [\n" + _fill(" ", 200).encode() + b"x\ntitle =\n+++\n<p>x</p>"
    yield "unreadable-quotes", b"---\nx: '" + _fill("'' ", 200).encode() + b"\ntitle: [\n---\n<p>x</p>"


def _html() -> Iterator[tuple[str, bytes]]:
    yield "shortcode", _toml("<p>x</p>" + _fill("{%", 300))
    yield "shortcode-doubled", _toml("<p>x</p>" + _fill("{{<", 300))
    yield "shortcode-percent", _toml("<p>x</p>" + _fill("{{%", 300))
    yield "shortcode-references", _toml("<p>x</p>" + _fill("{%ref%}", 300))
    yield "shortcode-pictures", _toml("<p>x</p>" + _fill('{{< figure src="a.svg" >}}', 300))
    yield "shortcode-long", _toml("<p>x</p>{{< " + _fill("(a.jpg=", 300) + " >}}")
    yield "shortcode-word", _toml('<p>x</p>{{< src="' + _fill(".jpg", 300) + ">}}")
    yield "liquid", _toml("<p>x.jpg</p>" + _fill("{{ 'a' | ", 300))
    bold = "".join(f"<b id={number}>" for number in range(300))
    yield "adoption", _toml(f"<p>{bold}</p>" + "<p>x" * 3000)
    yield "adoption-large", _toml(f"<p>{bold}</p>" + _fill("<p>x", 8000))
    yield "adoption-hidden-ends", _toml(f"<p>{bold}</p><!--{'</b>' * 300}-->" + "<p>x" * 3000)
    yield "adoption-quoted-ends", _toml(f"<p>{bold}</p><i title='{'</b>' * 300}'>" + "<p>x" * 3000)
    yield "adoption-tables", _toml(f"{bold}" + "<table><tr><td>x" * 3000)
    yield "adoption-ends", _toml(_numbered("<b id=%d><p>") + "</b>" * 3000)
    yield "formatting", _toml("<p>" + _numbered("<i id=%d>"))
    yield "fonts", _toml("<p>" + _fill("<font color=red>", 300))
    yield "nested-blocks", _toml(_fill("<div>", 300) + "x")
    yield "nested-quotes", _toml(_fill("<blockquote>", 300) + "x")
    yield "nested-lists", _toml(_fill("<ul><li>", 300) + "x")
    yield "nested-tables", _toml(_fill("<table><tr><td>", 300) + "x")
    yield "nested-unknown", _toml(_fill("<x>", 300) + "x")
    yield "nested-svg", _toml(_fill("<svg>", 300) + "x")
    yield "nested-templates", _toml(_fill("<template>", 300) + "x")
    yield "nested-selects", _toml("<p>x</p>" + _fill("<select><option>", 300))
    yield "ends", _toml("<p>x" + _fill("</b>", 300))
    yield "ends-in-depth", _toml("<p>x" + "<div>" * 90_000 + "</b>" * 120_000)
    yield "paragraphs", _toml(_fill("<p>x", 300))
    yield "breaks", _toml("<p>x" + _fill("<br>", 300))
    yield "rules", _toml("<p>x" + _fill("<hr>", 300))
    yield "items", _toml("<ul>" + _fill("<li>x", 300))
    yield "pre", _toml("<pre>" + _fill("<b>x</b>", 300))
    yield "table-rows", _toml("<table>" + _fill("<tr><td>x<td>y", 300))
    yield "table-cells", _toml("<table><tr>" + _fill("<td>x", 300))
    yield "fostered", _toml("<table>" + _fill("x<b>", 300))
    yield "links", _toml("<p>" + _numbered(_LINK))
    yield "links-relative", _toml("<p>" + _fill("<a href=x>y</a> ", 4500), url="u/" * 400)
    yield "links-empty", _toml("<p>" + _fill("<a>x</a>", 300))
    yield "links-accents", _toml("<p>" + ("<a href='https://a" + "\u0301\u0327" * 1000 + ".example'>x</a>") * 240)
    yield "link-long", _toml("<p><a href='https://far.example/" + _fill("x", 400) + "'>y</a>")
    yield "link-accents", _toml("<p><a href='https://a" + _fill("\u0301\u0327", 400) + ".example/'>y</a>")
    yield "pictures", _toml("<p>x" + _numbered('<img src="https://far.example/%d.jpg">'))
    yield "picture-alt", _toml("<p>x<img src='https://far.example/x.jpg' alt='" + _fill("y", 400) + "'>")
    yield "entities", _toml("<p>" + _fill("&amp;", 300))
    yield "entities-long", _toml("<p>" + _fill("&CounterClockwiseContourIntegral;", 300))
    yield "entities-open", _toml("<p>" + _fill("&", 300))
    yield "angles", _toml("<p>" + _fill("<", 300))
    yield "angles-marked", _toml("<p>x" + _fill("<!", 300))
    yield "comments", _toml("<p>x" + _fill("<!--", 300))
    yield "comments-closed", _toml("<p>x" + _fill("<!---->", 300))
    yield "scripts", _toml("<p>x" + _fill("<script>", 300))
    yield "styles", _toml("<p>x" + _fill("<style></style>", 300))
    yield "attributes", _toml("<p>x<p " + "".join(f"a{number} " for number in range(120_000)) + ">y")
    yield "attributes-open", _toml("<p>x" + _fill('<p a="', 300))
    yield "endless-word", _toml("<p>" + _fill("h", 300))
    yield "endless-word-addresses", _toml("<p>" + _fill("https://", 300))
    yield "words", _toml("<p>" + _numbered("wort%dwort "))
    yield "distinct-words", _toml("<p>" + " ".join(_letters(number) for number in range(160_000)))
    yield "distinct-glued", _toml("<p>" + "<br>".join(_letters(number) for number in range(100_000)))
    yield "emoji", _toml("<p>" + _fill("\U0001f600", 300))
    yield "flags", _toml("<p>" + _fill("\U0001f1e6", 300))
    yield "accents", _toml("<p>a" + _fill("\u0301", 300))
    yield "percents", _toml("<p>" + _fill("%", 300))
    yield "braces", _toml("<p>" + _fill("{{ ", 300))
    yield "lines", _toml("<p>" + _fill("x\n", 300))
    yield "blanks", _toml("<p>x" + _fill(" ", 300) + "y")
    yield "blanks-no-break", _toml("<p>x" + _fill("&nbsp;", 300) + "y")
    yield "nulls", _toml("<p>" + _fill("x\0", 300).replace("\0", "&#1;"))


def _embedded() -> Iterator[tuple[str, bytes]]:
    yield "frames", _toml("<p>x" + _fill("<iframe src='https://a.example/'>", 300))
    yield "films", _toml("<p>x" + _fill("<video><source src=x>", 300))
    yield "superscripts", _toml("<p>x" + _fill("<sup>2</sup>", 300))
    yield "superscripts-nested", _toml("<p>x" + _fill("<sup>", 300))
    yield "table-headings", _toml("<table><tr>" + f"<th>{'h' * 900}" * 300 + _fill("<tr>" + "<td>x" * 300, 270_600))
    yield "title-deleted", _toml(title="<del>" * 1600, summary="s")
    yield "title-signs", _toml(title="<sup>2</sup>" * 700, summary="s")


def _some_html() -> Iterator[tuple[str, bytes]]:
    cases = dict(_html())
    for name in ("adoption", "links", "pictures", "shortcode"):
        yield f"compact-{name}", cases[name]


def _letters(number: int) -> str:
    """Spell a number in five letters."""
    return "".join(chr(97 + number // 26**place % 26) for place in range(5))


def _marked() -> Iterator[tuple[str, bytes]]:
    for name, piece in {
        "brackets": "[",
        "brackets-closed": "[]",
        "brackets-round": "[](",
        "links": "[a](b) ",
        "pictures": "![",
        "ends": "]",
        "links-open": "[a](<b",
        "links-titled": '[a](b "',
        "stars": "*",
        "emphasis": "*a_ ",
        "emphasis-mixed": "*a **b ",
        "emphasis-nested": "*a ",
        "underscores": "_a",
        "backticks": "`",
        "backticks-growing": "` `` ``` ",
        "quotes": ">",
        "quotes-spaced": "> ",
        "quote-lines": "> a\n",
        "lists": "- ",
        "list-lines": "- a\n",
        "numbers": "1. ",
        "headings": "# a\n",
        "underlines": "a\n=\n",
        "rules": "***\n",
        "fences": "```\n",
        "code": "    a\n",
        "lines": "a\n",
        "paragraphs": "a\n\n",
        "breaks": "a  \n",
        "backslashes": "\\",
        "escapes": "\\*",
        "angles": "<",
        "tags": "<a ",
        "comments": "<!--",
        "cdata": "<![CDATA[",
        "processing": "<?",
        "declarations": "<!A ",
        "autolinks": "<http:",
        "mails": "<a@a.",
        "entities": "&amp;",
        "entities-open": "&a",
        "word": "a",
        "words": "word ",
        "tables": "a|b\n-|-\n",
        "pipes": "|",
        "blanks": " ",
        "tabs": "\t",
        "references": "[a]: b\n",
        "html-blocks": "<div>\n\n",
        "footnotes": "[^a]",
        "footnotes-defined": "[^a]: b\n",
        "footnotes-open": "[^",
        "definitions": "a\n: b\n\n",
        "definition-lines": ": a\n",
        "tildes": "~",
        "struck": "~~a ",
        "struck-whole": "~~a~~ ",
        "alerts": "> [!NOTE] a\n\n",
        "tasks": "- [ ] a\n",
        "attributes": "a {#b .c}\n",
        "attribute-lines": "{: .a}\n",
        "braces": "{",
        "addresses": "https://a.example/b ",
        "addresses-glued": "https://",
        "addresses-brackets": "www.a.b/)",
        "mail-names": "a.b+c@",
        "mail-hosts": "a@b.c-",
        "shortcodes": "{{< a >}}",
        "shortcodes-open": "{{< a ",
        "shortcodes-named": '{{< a b="c" ',
        "shortcodes-quoted": "{{< a `b` ",
        "outputs": "{{ a(b) }}",
        "outputs-open": "{{ a(b ",
        "verbatim": "{% raw %}",
        "verbatim-closed": "{% raw %}a{% endraw %}",
        "refs": '[a]({{< ref "b" >}}) ',
        "links-of-files": "[a](b.md) ",
        "frames": '<iframe src="https://a.example/">',
        "films": "<video>",
        "code-elements": "<code>",
        "quotes-deep": ">>>>>>>>>>>>>>> a\n\n",
    }.items():
        yield f"markdown-{name}", _markdown(_fill(piece, 300))
    yield "box-blanks", _markdown(":::" + " " * 140_000 + "x" * 500)
    yield "markdown-table-wide", _markdown("|" + "a|" * 1000 + "\n|" + "-|" * 1000 + "\n" + "|a\n" * 300_000)
    yield "markdown-table-long", _markdown("a|b\n-|-\n" + _fill("a|b\n", 300))
    yield "markdown-references-many", _markdown(_numbered("[r%d]: x\n") + "\n[r1] " * 1000)
    yield "markdown-reference-long", _markdown("[a]: " + "x" * 9000 + "\n\n" + "[a] " * 200_000)
    yield "markdown-nested-lists", _markdown("\n".join("  " * depth + "- a" for depth in range(900)))
    yield "markdown-quoted-lists", _markdown(_fill("> - ", 300))
    yield "markdown-backticks-distinct", _markdown(" ".join("`" * number for number in range(1, 1400)))
    yield "markdown-titles", _markdown(_fill("[a]: b 'c\n", 300))
    yield "markdown-links-nested", _markdown("[" * 200_000 + "a" + "](b)" * 190_000)
    yield "markdown-emphasis-closed", _markdown("**" * 150_000 + "a" + "**" * 150_000)


CASES: Mapping[str, tuple[str, bytes]] = {
    name: (way, content)
    for way, cases in {
        "digest summary": _texts(),
        "select": _front_matter(),
        "digest full": chain(_html(), _embedded(), _marked()),
        "compact full": _some_html(),
    }.items()
    for name, content in cases
}
"""Hostile articles by name: the way in which each costs most, and its bytes."""
