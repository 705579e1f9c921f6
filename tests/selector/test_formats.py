"""MDX is read as Markdown, what is not read is named once, and dates are read as sites spell them."""

from zoneinfo import ZoneInfo

import pytest

from newsletter.selector.dates import parse_date
from newsletter.selector.mdx import plain_markdown
from tests.conftest import Project

MDX = """\
import Chart from '../chart.jsx'
import {
  a,
} from 'b'

export const year = 2025

# Words {/* not
for readers */}

<Chart
  year={year} />
<Note title="x">Kept words.</Note>

```js
import kept from 'code'
<Chart />
```
"""


def test_mdx_is_markdown_without_its_program() -> None:
    """Imports, exports, comments and tags of components go; what they hold, and code, stays."""
    text = plain_markdown(MDX)
    assert text.startswith("# Words")
    assert "Kept words." in text
    assert "import kept from 'code'\n<Chart />" in text
    assert all(word not in text.split("```")[0] for word in ("Chart", "import", "export", "readers", "Note"))


def test_mdx_files_are_articles(project: Project) -> None:
    """They are selected as Markdown files are."""
    project.add("a.mdx", title="A", date="2025-05-14", body="import X from 'x'\n\n<X />\n\nWords.")
    document = project.run("select", "--week", "--json").document
    assert [one["path"] for one in document["articles"]] == ["a.mdx"]


def test_what_is_not_read_is_named_once(project: Project) -> None:
    """One line a format, not one a file; nothing of it is in the document."""
    project.add("a.md", title="A", date="2025-05-14")
    for number in range(3):
        project.add(f"{number}.org", title="A", date="2025-05-14")
    done = project.run("select", "--week", "--json")
    assert done.stderr.count(".org") == 1
    assert "3 files" in done.stderr
    assert done.document["counts"]["scanned"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "Jul 08 2022",
        "Jul 8, 2022",
        "July 8th, 2022",
        "Fri, Jul 8 2022",
        "8 Jul 2022",
        "2022-07-08",
        "July 8, 2022 00:00",
    ],
)
def test_dates_that_can_be_read_in_one_way_only(text: str) -> None:
    """A month by its name leaves no doubt."""
    found = parse_date(text, ZoneInfo("Europe/Berlin"))
    assert found is not None
    assert found.isoformat() == "2022-07-08T00:00:00+02:00"


@pytest.mark.parametrize("text", ["07/08/2022", "Jul 2022", "Jul 32 2022", "Foo 08 2022", "08 07 2022"])
def test_dates_that_are_riddles_are_refused(text: str) -> None:
    """Nothing is guessed."""
    assert parse_date(text, ZoneInfo("UTC")) is None


def test_a_missing_date_s_hint_names_date_keys(project: Project) -> None:
    """Who writes dates under another key learns where to say so."""
    project.add("a.md", title="A", posted="2025-05-14")
    assert "date_keys" in project.run("select", "--week").stderr
