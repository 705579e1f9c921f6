"""Rules about text: subject, preheader, the text part, missing summaries, leftovers."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from newsletter import merge
from newsletter.composer.checks.page import HTML, OUTLINE, TEXT, Page
from newsletter.composer.content import excerpt
from newsletter.composer.findings import finding
from newsletter.composer.languages import available, load_language
from newsletter.composer.text_layout import clean_line
from newsletter.composer.tokens import MERGE_MARK
from newsletter.language_tags import same_language
from newsletter.models import Finding

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = [
    "check_any_article",
    "check_articles",
    "check_bodies",
    "check_charset",
    "check_language",
    "check_leftovers",
    "check_merge_fields",
    "check_preheader",
    "check_subject",
    "check_text_covers",
    "check_text_lines",
]

_SUBJECT, _PREHEADER = 60, range(40, 131)
_SUBJECT_AT_MOST = 200  # no mail program shows as many; probably a pasted paragraph
_LINE = 78
_MOST_NAMED = 8  # kinds of what an article's body loses
_WORD = re.compile(r"[^\W\d_]{4,}")
_ITEM = re.compile(r"^[> ]*(?:\d{1,4}\.|[-*•])?(?= )")  # a quotation's mark, and a number or bullet before a link
_LINE_BREAK = re.compile(r"\n\s*")
_MOST_SEARCHES = 1000
_LEFTOVER = re.compile(r"\{\{|\{%|<%|%%|&lt;%|&#123;\{")
_MISTYPED = re.compile(rf"{_LEFTOVER.pattern}|(?<!\u2060)\{{\s*merge\b")  # in a person's text, not a headline


def check_subject(page: Page) -> Iterator[Finding]:
    """Find a missing subject, one that phones cut, and one that is far too long."""
    subject = page.message.subject
    if not subject.strip():
        yield finding("subject-missing", OUTLINE, "the issue has no subject", "write one")
    elif len(subject) > _SUBJECT_AT_MOST:
        message = f"the subject has {len(subject)} characters, over {_SUBJECT_AT_MOST}"
        yield finding("subject-too-long", OUTLINE, message, f"{_SUBJECT} are enough; move the rest into the intro")
    elif len(subject) > _SUBJECT:
        message = f"the subject has {len(subject)} characters; most phones show {_SUBJECT}"
        yield finding("subject-length", OUTLINE, message, "shorten it, with the main point first")


def check_preheader(page: Page) -> Iterator[Finding]:
    """Find a preheader that mail programs would fill up or cut, and one that repeats the subject."""
    preheader = " ".join(MERGE_MARK.sub("merge", page.outline.preheader).split())
    if len(preheader) not in _PREHEADER:
        message = f"the preheader has {len(preheader)} characters; aim for 40 to 130"
        yield finding(
            "preheader-length", OUTLINE, message, "write one sentence that makes people want to open the email"
        )
    if preheader and preheader.casefold() == " ".join(page.outline.subject.split()).casefold():
        yield finding(
            "preheader-repeats",
            OUTLINE,
            "the preheader repeats the subject",
            "add something that the subject does not say",
        )


def check_text_covers(page: Page) -> Iterator[Finding]:
    """Find a text part that lacks words or links of the HTML part: filters treat that as deception."""
    text = page.message.text
    words = set(_WORD.findall(" ".join(_readable(page)).lower()))
    # The contents list cuts long words, and the text part breaks longer ones.
    missing = _missing(words, _known_words(text.lower()), "".join(text.lower().split()), len(words) // 10)
    if len(missing) > len(words) / 10:
        message = f"the text part lacks {len(missing)} of {len(words)} words: {', '.join(missing[:5])}"
        yield finding("text-coverage", TEXT, message, "print the same stories in the template's issue.txt")
    addresses = {address for link in _links_of_text(page) if (address := link.get("href", "")).startswith("https://")}
    for address in _missing(addresses, set(text.split()), text, 0):
        yield finding("text-coverage", TEXT, f"the text part lacks the link {address[:120]}", "print it in issue.txt")


def _links_of_text(page: Page) -> Iterator["_Element"]:
    """Return the links that a text part has too: all but those of single words of code."""
    return (link for link in page.links if not {"pre", "code"} <= {above.tag for above in link.iterancestors()})


def _known_words(text: str) -> set[str]:
    """Return the words of a text, including those broken across lines."""
    return {*_WORD.findall(text), *_WORD.findall(_LINE_BREAK.sub("", text))}


def _missing(wanted: set[str], known: set[str], letters: str, few: int) -> list[str]:
    """Return, sorted, the wanted words that are neither known nor a part of `letters`.

    At most `_MOST_SEARCHES` words are searched for in `letters`, because each search takes its length; none if there
    are `few`, because the result is not needed then.
    """
    unknown = sorted(wanted - known)
    if len(unknown) <= few:
        return []
    return [one for number, one in enumerate(unknown) if number >= _MOST_SEARCHES or one not in letters]


def _readable(page: Page) -> Iterator[str]:
    """Return the words of the HTML part without the captions of its codes, which the text part does not have."""
    caption = load_language(page.config.newsletter.language).words["scan"]
    shown = page.root.xpath("//body//text()")
    assert isinstance(shown, list)
    return (str(words) for words in shown if str(words).strip() != caption)


def check_text_lines(page: Page) -> Iterator[Finding]:
    """Find lines of the text part that mail programs break, and links that share a line."""
    code = _code_lines(page)
    lines = [line for line in page.message.text.splitlines() if line.lstrip("> ").strip() not in code]
    long = [line for line in lines if len(line) > _LINE and "://" not in line]
    if long:
        message = f"{len(long)} lines are longer than {_LINE} characters: {long[0][:40]}…"
        yield finding("text-lines", TEXT, message, "use the filter: {{ text | wrap }}")
    for line in lines:
        if "https://" in line and len(_ITEM.sub("", line).split()) > 1:
            yield finding("text-lines", TEXT, f"a link shares its line: {line.strip()[:60]}", "give it its own line")


def _code_lines(page: Page) -> set[str]:
    """Return the lines of code in the HTML part, which the text part keeps as they are."""
    blocks = ("".join(map(str, block.itertext())) for block in page.root.iter("pre"))
    return {line.expandtabs(4).strip() for block in blocks for line in block.splitlines()}


def check_charset(page: Page) -> Iterator[Finding]:
    """Find a part that the provider would label iso-8859-1, which Gmail then clips at any size."""
    if not page.config.provider.narrow_charset:
        return
    for where, part in ((HTML, page.message.html), (TEXT, page.message.text)):
        if max(part, default="") <= "\u00ff":
            hint = "keep the template's filler or rules, which hold such characters"
            yield finding("charset", where, "no character above U+00FF: Gmail would clip the message", hint)


def check_leftovers(page: Page) -> Iterator[Finding]:
    """Find unreplaced placeholders: of a template, of a provider, or invalid merge tokens."""
    for where, part in ((HTML, page.message.html), (TEXT, page.message.text)):
        unsubscribe = merge.unsubscribe_tokens(page.config.send.unsubscribe, page.config.provider.tags)
        for tag in (*unsubscribe, *_tokens(part)):
            part = part.replace(tag, "")
        if match := _LEFTOVER.search(part):
            yield _leftover(where, part, match)
    for name in ("subject", "preheader", "intro"):
        text = getattr(page.outline, name)
        if match := _MISTYPED.search(MERGE_MARK.sub(lambda mark: "\0" * len(mark[0]), text)):
            yield _leftover(OUTLINE, text, match, f" in the {name}")


def _leftover(where: str, text: str, match: re.Match[str], place: str = "") -> Finding:
    around = clean_line(text[max(0, match.start() - 10) : match.end() + 30])
    return finding("leftover-tag", where, f"looks like an unreplaced placeholder{place}: {around}", _FIELDS)


_FIELDS = "merge fields are written {{ merge.first_name }}"


def _tokens(part: str) -> list[str]:
    return [merge.token(*pair) for pair in merge.find(part)]


def check_merge_fields(page: Page) -> Iterator[Finding]:
    """Find merge fields without a default: recipients without a value would see a gap."""
    message = page.message
    fields = {field for _, field in merge.find(message.subject, message.html, message.text)}
    for field in sorted(fields - {merge.UNSUBSCRIBE_FIELD, *page.config.send.defaults}):
        if field.casefold() == "email":
            continue
        hint = f'add {field} = "..." to [send.defaults]'
        yield finding("merge-default", OUTLINE, f"the merge field '{field}' has no default", hint)


def check_any_article(page: Page) -> Iterator[Finding]:
    """Find an issue without a single article: recipients would get a masthead and a footer."""
    keys = {entry.key for entry in page.outline.entries}
    if not (keys if page.articles is None else keys & set(page.articles)):
        hint = "compose it with --reselect, or put [[articles]] into issue.toml"
        yield finding("no-articles", OUTLINE, "the issue has no article", hint)


def check_articles(page: Page) -> Iterator[Finding]:
    """Find articles without a summary; the issue shows their first words, if they have any."""
    for entry in page.outline.entries:
        article = page.articles.get(entry.key) if page.articles else None
        if article and not (entry.summary or article.summary or article.description or article.teaser):
            instead = (
                ": its first words are used instead" if excerpt(article) else ", and no text that could be used instead"
            )
            hint = "write a summary into the article or into issue.toml"
            yield finding("summary-missing", article.path, f"the article has no summary{instead}", hint)


def check_bodies(page: Page) -> Iterator[Finding]:
    """Find articles whose body is too long to be shown whole, and what of a body an email cannot show."""
    for key, body in page.bodies.items():
        path = _path(page, key)
        if body.cut:
            hint = 'the link leads to the rest; body = "summary" shows summaries only'
            yield finding("body-cut", path, "the article is too long for an email: its end is cut off", hint)
        if body.dropped:
            what = ", ".join(
                f"{name} ({count} times)" if count > 1 else name for name, count in body.dropped[:_MOST_NAMED]
            )
            hint = "readers see it on the site; write a link to it, or words in its place, if they should know"
            yield finding("body-dropped", path, f"an email cannot show parts of the article: {what}", hint)


def _path(page: Page, key: str) -> str:
    article = page.articles.get(key) if page.articles else None
    return article.path if article else key


def check_language(page: Page) -> Iterator[Finding]:
    """Find a newsletter's language without phrases."""
    tag = page.config.newsletter.language
    if not same_language(load_language(tag).tag, tag):
        hint = f"there are phrases for {', '.join(available())}; a template of your own can have any"
        yield finding(
            "language-words", page.config.path.name, f"there are no phrases for '{tag}': English is used", hint
        )
