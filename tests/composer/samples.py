"""Articles, configurations and whole issues for the composer's tests; all names and texts are made up."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from newsletter.composer.compose import Composition, compose, first_outline
from newsletter.config import Config
from newsletter.models import Article, Counts, Outline, Period, Selection
from newsletter.providers.sendgrid import TRAITS
from newsletter.settings import ComposeSettings, NewsletterSettings, SelectSettings, SendSettings

BASE = "https://review.example.org"
WEEK = Period(
    kind="week",
    label="2025-W20",
    start=datetime(2025, 5, 12, tzinfo=UTC),
    end=datetime(2025, 5, 19, tzinfo=UTC),
    timezone="UTC",
)
SUMMARY = "A sentence that says what happened, and a second one that says why anybody should care about it."


def article(number: int = 1, **changes: Any) -> Article:
    """Make an article of the week; `number` is its key and makes its title, link and banner its own."""
    slug = f"2025-05-{12 + number % 7}-story-number-{number}"
    made = Article(
        key=str(number),
        path=f"news/{slug}.md",
        title=f"Story number {number} has a headline of a usual length",
        published=WEEK.start + timedelta(days=number % 7, hours=9),
        link=f"{BASE}/{slug}/",
        body=f"<p>The body of story {number}.</p>",
        summary=SUMMARY,
        category=("energy", "public-health", "travel")[number % 3],
        source=("Field Office", "Night Desk")[number % 2],
        banner=f"https://cdn.example.org/banners/energy-{number}.jpg",
    )
    return replace(made, **changes)


def config(root: Path = Path("/nonexistent"), *, newsletter: Mapping[str, Any] | None = None, **tables: Any) -> Config:
    """Make a configuration; `newsletter` changes its first table, the others come as settings."""
    about = {"name": "The Sample Review", "base_url": BASE, "postal_address": "1 Sample Street, Sampleton"}
    sending = SendSettings(from_="The Sample Review <review@example.org>")
    return Config(
        path=root / "newsletter.toml",
        newsletter=NewsletterSettings(**{**about, **(newsletter or {})}),
        **{"send": sending, "provider": TRAITS, **tables},
    )


def own(root: Path, name: str, **parts: str) -> ComposeSettings:
    """Write a project's own template and give the settings that use it."""
    folder = root / "templates" / name
    folder.mkdir(parents=True)
    for part, text in parts.items():
        (folder / f"issue.{part}").write_text(text, encoding="utf-8")
    return ComposeSettings(template=name)


def selection(*articles: Article) -> Selection:
    """Make the selection of these articles."""
    counts = Counts(scanned=0, in_period=0, articles=len(articles), skipped=0, invalid=0, undated=0)
    return Selection(period=WEEK, articles=articles, skipped=(), invalid=(), counts=counts)


def outline(*articles: Article, settings: Config | None = None, **changes: Any) -> Outline:
    """Write the first outline of these articles, with `changes`."""
    return replace(first_outline(selection(*articles), WEEK.label, settings or config()), **changes)


def composed(*articles: Article, settings: Config | None = None, **changes: Any) -> Composition:
    """Compose these articles offline, with `changes` to their outline."""
    settings = settings or config()
    page = outline(*articles, settings=settings, **changes)
    return compose(page, {one.key: one for one in articles}, settings, offline=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A whole issue that is kept under golden/."""

    articles: tuple[Article, ...]
    settings: Config = field(default_factory=config)
    changes: Mapping[str, Any] = field(default_factory=dict)

    def compose(self) -> Composition:
        """Compose it."""
        return composed(*self.articles, settings=self.settings, **self.changes)


def week_of(count: int) -> tuple[Article, ...]:
    """Make a week's articles: long and short headlines, some without banner, some without summary."""
    odd: dict[int, dict[str, Any]] = {
        3: {"banner": ""},
        5: {"summary": ""},
        7: {"title": "An unusually long headline that goes on, and on, " * 3 + "until it ends at last"},
        8: {"title": "Short"},
        11: {"banner": "", "summary": "", "source": ""},
        12: {"title": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft " * 2},
    }
    return tuple(article(number, **odd.get(number, {})) for number in range(1, count + 1))


HOSTILE = (
    article(
        1,
        title='</h2><script>alert(1)</script> & "quotes" %%unsubscribe%% {{ merge.email }}',
        summary="<img src=x onerror=alert(1)> <%asm_group_unsubscribe_raw_url%> %%html:email%% {% raw %}",
        source="<b>Bold</b> & Sons",
    ),
    article(
        2,
        body="<!--[if mso]><table><![endif]--></td></tr></table><script>bad()</script><style>*{display:none}</style>"
        '<p onclick="x()" style="position:fixed">Kept words <a href="javascript:x()">a</a> <a href="/about">b</a></p>'
        '<iframe src="https://evil.example"></iframe><form action="/x"><input name="q"></form>'
        '<img src="/pictures/one.png"><img src="data:image/png;base64,AAAA"> {{< youtube x >}} {{% note %}} {% tag %}'
        "<table><tr><td>left</td><td>right</td></tr></table><h1>A heading</h1>",
    ),
    article(3, title="W" * 200, summary="m" * 400),
)

SAMPLES: Mapping[str, Sample] = {
    "seed": Sample(
        articles=(
            article(
                85225,
                title="A quiet workshop becomes the leader in repairing old batteries, and a town keeps its light",
                category="business-corporate",
                banner="https://cdn.example.org/banners/business-corporate-3.jpg",
            ),
        )
    ),
    "week": Sample(articles=week_of(20)),
    "latin-1": Sample(
        articles=(article(1, title="Café à la crème", summary="Où l'on boit du café, à côté de la forêt. " * 4),),
        changes={"preheader": "A deck that is long enough to fill the line beside the subject.", "subject": "Café"},
    ),
    "rtl": Sample(
        articles=tuple(
            article(number, title=f"כותרת מספר {number} של הסיפור", summary="משפט אחד שמספר מה קרה השבוע בעיר. " * 3)
            for number in range(1, 4)
        ),
        settings=config(newsletter={"language": "he", "name": "הסקירה"}),
    ),
    "hostile": Sample(articles=HOSTILE, settings=config(compose=ComposeSettings(body="full"))),
    **{
        name: Sample(articles=week_of(12), settings=config(compose=ComposeSettings(template=name)))
        for name in ("magazine", "wire", "letter", "compact")
    },
    "plain": Sample(
        articles=week_of(4),
        settings=config(
            compose=ComposeSettings(qr="off", utm={"source": "newsletter"}), select=SelectSettings(group_by="none")
        ),
        changes={"intro": "Hello {{ merge.first_name }}, *this* is [the site](https://review.example.org/)."},
    ),
}
