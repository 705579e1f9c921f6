"""Inlining: what premailer is known to spoil stays whole."""

from newsletter.composer.inline import inline_styles
from newsletter.composer.markup import write_page

PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>t</title>
<!--[if mso]><style>td{font-family:Arial}</style><![endif]-->
<style>p { margin: 0 0 8px; width: 50%; font-family: 'Segoe UI', serif; } .dark { color: #111111; }</style>
<style data-premailer="ignore">@media (prefers-color-scheme:dark){.dark{color:#eeeeee!important}}
[data-ogsc] .dark{color:#eeeeee!important}</style>
</head><body><p class="dark other">a <a href="#here">b</a> <a href="merge-0-end">c</a></p>
<!--[if !mso]><!--><p class="other">d</p><!--<![endif]--></body></html>"""


def test_rules_move_into_the_elements_and_the_rest_stays() -> None:
    """The plain block is inlined and gone, the marked one is whole, with its !important."""
    html = write_page(inline_styles(PAGE))
    assert html.startswith("<!DOCTYPE html>\n<html")
    assert html.count("<style>") == 2
    assert "{.dark{color:#eeeeee!important}}\n[data-ogsc] .dark{color:#eeeeee!important}" in html
    assert "margin:0 0 8px;width:50%;font-family:'Segoe UI',serif" in html


def test_nothing_is_added_or_rewritten() -> None:
    """No width attribute of a CSS width, no changed address, no class name that no rule asks for, no meta tag."""
    html = write_page(inline_styles(PAGE))
    assert " width=" not in html
    assert 'href="#here"' in html
    assert 'href="merge-0-end"' in html
    assert 'class="dark"' in html
    assert "other" not in html
    assert "<meta" not in html


def test_conditional_comments_survive() -> None:
    """Outlook's view and everybody else's are still told apart."""
    html = write_page(inline_styles(PAGE))
    assert "<!--[if mso]><style>td{font-family:Arial}</style><![endif]-->" in html
    assert "<!--[if !mso]><!--><p" in html
    assert "<!--<![endif]-->" in html


QUOTED = """Why class="lead" and style="color: red" matter"""


def test_words_that_look_like_attributes_stay() -> None:
    """A story about CSS keeps its words, in the text and in the description of a picture."""
    marked = QUOTED.replace('"', "&quot;")
    page = PAGE.replace("</body>", f'<p>{QUOTED}</p><img alt="{marked}" class="dark other"></body>')
    html = write_page(inline_styles(page))
    assert f">{QUOTED}</p>" in html
    assert f"alt='{QUOTED}' class=\"dark\"" in html
