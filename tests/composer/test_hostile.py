"""Articles that would break the page: forty defects, one each, between two stories that must not notice."""

import html as escapes
import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html

from newsletter.models import Article
from newsletter.settings import ComposeSettings
from tests.composer.browser import shown
from tests.composer.samples import BASE, article, composed, config

SETTINGS = config(compose=ComposeSettings(body="full", qr="off"))
BEFORE, AFTER = article(1, title="The story before"), article(3, title="The story after")

BODIES = (
    "<script>document.body.innerHTML=''</script>",
    "<style>*{display:none!important}</style>",
    "<style>body{background:red}",
    '<link rel="stylesheet" href="https://evil.example/x.css">',
    '<base href="https://evil.example/">',
    '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
    '<iframe src="https://evil.example/"></iframe>',
    '<object data="x.swf"></object><embed src="x.swf">',
    '<form action="https://evil.example/"><input name="password"><button>Go</button></form>',
    '<p onclick="alert(1)" onmouseover="alert(2)">words</p>',
    '<p style="position:fixed;top:0;left:0;width:9999px">words</p>',
    '<div style="display:none">',
    '<a href="javascript:alert(1)">words</a>',
    '<a href="JaVaScRiPt:alert(1)">words</a>',
    '<a href="data:text/html,<script>alert(1)</script>">words</a>',
    '<a href="vbscript:x">words</a>',
    '<img src="x" onerror="alert(1)">',
    '<img src="https://cdn.example.org/wide.png" width="5000">',
    '<img src="data:image/png;base64,AAAA">',
    '<svg onload="alert(1)"><circle r="9999"/></svg>',
    "<math><mtext></table><script>alert(1)</script></mtext></math>",
    "</td></tr></table></div></body></html>",
    "</p></div></td></tr><tr><td>",
    "<table><tr><td><table><tr><td>never closed",
    "<table>" + "<tr>" + "<td>wide cell</td>" * 60 + "</tr></table>",
    "<!--[if mso]><table><tr><td><![endif]--> words",
    "<!--[if !mso]><!--> words <!--<![endif]-->",
    "<!-- never closed",
    "<![CDATA[ words ]]>",
    "<h1>Another first heading</h1><h6>Deep</h6>",
    '<p class="surface phone desk">words</p>',
    '<p id="x" class="main">words</p>',
    "<ul>" + "<li><ul>" * 200,
    "<b>" * 500 + "words",
    "W" * 5000,
    "<pre>" + "w " * 10 + "x" * 900 + "</pre>",
    "<p>" + "\u202e" + "reversed words</p>",
    "<p>a\x00b\x0bc\ufffe</p>",
    "%%unsubscribe%% <%asm_group_unsubscribe_raw_url%> %%html:email%% {{ merge.email }} {% x %}",
    '<video src="x.mp4" autoplay></video><audio src="x.mp3"></audio><canvas></canvas>',
    "<plaintext>words",
    "<textarea>words",
    "<title>words</title><noscript>words</noscript>",
    '<a href="https://[">words</a><img src="https://[">',
)

FIELDS: tuple[Mapping[str, Any], ...] = (
    {"title": "</h2></td></table><script>alert(1)</script>"},
    {"title": '"><img src=x onerror=alert(1)>'},
    {"title": "<!--"},
    {"title": "W" * 3000},
    {"title": "\u202eright to left override"},
    {"summary": "</p><style>*{display:none}</style>", "body": ""},
    {"source": '<a href="javascript:x">source</a>'},
    {"category": "</h2><script>alert(1)</script>"},
    {"link": 'https://review.example.org/"><script>alert(1)</script>'},
    {"banner": 'https://cdn.example.org/"onerror="alert(1)'},
)

DEFECTS = (*(article(2, body=f"<p>First.</p>{body}") for body in BODIES), *(article(2, **one) for one in FIELDS))


def issue(middle: Article) -> str:
    """Compose an issue with one article between two good ones, and give its HTML."""
    return composed(BEFORE, middle, AFTER, settings=SETTINGS).message.html


def around(html: str) -> tuple[str, str]:
    """Return the markup of the story before (from the page's start) and that of the story after and the footer."""
    lead_end = html.index("</td></tr>", html.index(BEFORE.title, html.index("<h2")))
    start = html.rindex('<td class="surface', 0, html.rindex(AFTER.title))
    body = html.index("<h2")
    return html[body:lead_end], html[start:]


GOOD = around(issue(article(2)))


@pytest.mark.parametrize("middle", DEFECTS, ids=range(len(DEFECTS)))
def test_a_hostile_article_leaves_the_others_untouched(middle: Article) -> None:
    """The markup before and after the article is the same, byte for byte, and nothing in the article acts."""
    html = issue(middle)
    assert around(html) == GOOD
    assert inert(html)


def inert(html: str) -> bool:
    """Return whether nothing in a page acts, loads or hides, and its comments balance."""
    body = lxml_html.document_fromstring(html).find("body")
    assert body is not None
    acting = body.xpath(
        ".//script|.//style|.//iframe|.//object|.//embed|.//form|.//input|.//svg|.//link|.//base|.//meta"
    )
    handlers = [name for element in body.iter() for name in element.attrib if str(name).startswith("on")]
    addresses = [element.get("href") or element.get("src") or "" for element in body.iter("a", "img")]
    strange = [one for one in addresses if not re.match(r"https://|cid:|mailto:|tel:|%%unsubscribe%%$", one)]
    opened, closed = len(re.findall(r"<!--\[if mso\]>", html)), len(re.findall(r"(?<!<!--)<!\[endif\]-->", html))
    return not (acting or handlers or strange) and opened == closed and html.count("<h1") == 1


@pytest.mark.browser
def test_hostile_articles_do_not_move_the_layout(tmp_path: Path) -> None:
    """In a browser, the good stories stand where they stand without the bad ones, and no page grows wider."""
    measured = [measure(issue(middle), tmp_path) for middle in (article(2), *DEFECTS[:: len(DEFECTS) // 9])]
    assert all(one == measured[0] for one in measured)


MEASURE = """<script>
const boxes = [...document.querySelectorAll("h2 a, h3 a")].filter(a => /^The story/.test(a.textContent)).map(a => {
  const box = a.closest("td").getBoundingClientRect(); return [a.textContent, box.left, box.width]; });
document.body.textContent = JSON.stringify([document.documentElement.scrollWidth, boxes]);
</script>"""


def measure(html: str, folder: Path) -> Any:
    """Ask a browser how wide a page is at 600 px and where its good stories stand."""
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("Chromium is not installed")
    path = folder / "page.html"
    path.write_text(html.replace("</body>", f"{MEASURE}</body>"), encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--window-size=600,900", f"--user-data-dir={folder / 'p'}"]
    done = subprocess.run(
        [chromium, *flags, "--host-resolver-rules=MAP * ~NOTFOUND", "--dump-dom", path.as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    text = re.search(r"<body[^>]*>(.*)</body>", done.stdout, re.DOTALL)
    assert text
    return json.loads(escapes.unescape(text[1]))


@pytest.mark.browser
def test_the_measure_can_fail(tmp_path: Path) -> None:
    """A page that is too wide is seen."""
    wide = shown(composed(BEFORE, settings=SETTINGS).message).replace("<h1", '<div style="width:900px">x</div><h1')
    assert measure(wide, tmp_path)[0] > 600
    assert BASE in wide
