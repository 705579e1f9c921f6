"""Every template with few and many stories, in several kinds of issue and brand colours: all must be readable."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from newsletter.models import Article
from newsletter.settings import ComposeSettings, Theme
from tests.composer.samples import Sample, config, week_of

__all__ = ["every_look", "looks_of_each_kind"]

TEMPLATES = ("digest", "magazine", "wire", "letter", "compact")
COUNTS = (1, 2, 5, 15, 20)
KINDS = ("normal", "no-banners", "full", "de", "ar")
ACCENTS = ("#ff6600", "#ffd400", "#0a7d5a")
WORDS = {
    "de": ("Die Straßenbahn fährt wieder durch die Altstadt, und die Nachbarschaftsversammlung feiert",
           "Nach drei Jahren Bauzeit rollt die Linie wieder. Die Geschwindigkeitsbegrenzung gilt weiterhin."),
    "ar": ("عاد الترام إلى المدينة القديمة بعد ثلاث سنوات",
           "احتفل السكان بعودة الخط. وتقول البلدية إن العمل سيستمر حتى الصيف."),
}  # fmt: skip
BODY = "<h2>A heading</h2><p>A paragraph with <a href='/about/'>a link</a>.</p><ul><li>One</li><li>Two</li></ul>"


def every_look() -> Iterator[tuple[str, Sample]]:
    """Give all combinations, each with its name."""
    for template, count, kind, accent in product(TEMPLATES, COUNTS, KINDS, ACCENTS):
        yield _look(template, count, kind, accent)


def looks_of_each_kind() -> Iterator[tuple[str, Sample]]:
    """Give one look of each template, in which each count and each kind is once, and all colours are."""
    for number, template in enumerate(TEMPLATES):
        yield _look(template, COUNTS[-1 - number], KINDS[(number + 2) % 5], ACCENTS[number % 3])


def _look(template: str, count: int, kind: str, accent: str) -> tuple[str, Sample]:
    theme = Theme(accent=accent, masthead="filled" if COUNTS.index(count) % 2 else "plain")
    compose = ComposeSettings(template=template, theme=theme, body="full" if kind == "full" else "summary")
    language = kind if kind in WORDS else "en"
    settings = config(newsletter={"language": language}, compose=compose)
    articles = tuple(_article(one, kind) for one in week_of(count))
    return f"{template}-{count}-{kind}-{accent[1:]}", Sample(articles=articles, settings=settings)


def _article(article: Article, kind: str) -> Article:
    if kind == "no-banners":
        return replace(article, banner="")
    if kind == "full":
        return replace(article, body=BODY)
    title, summary = WORDS.get(kind, (article.title, article.summary))
    return replace(article, title=title, summary=summary)
