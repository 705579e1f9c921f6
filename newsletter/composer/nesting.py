"""Nest elements as HTML wants it: authors' mistakes that browsers forgive, and mail programs may not."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

__all__ = ["nest"]

_BLOCKS = ("p", "div", "ul", "ol", "dl", "pre", "blockquote", "hr", "figure", "figcaption", "li")
_OF_LINES = frozenset(
    "abbr b bdi bdo cite code dfn em i kbd mark q s samp small span strike strong sub sup u var".split()  # noqa: SIM905
)
_PARENTS = {"li": ("ul", "ol"), "dt": ("dl",), "dd": ("dl",), "figcaption": ("figure",)}


def nest(root: "HtmlElement", *, gone: str, empty: str) -> None:
    """Name `gone` what may not be around a block, and `empty` what nothing may be in; give others a place."""
    for deleted in [*root.iter("strike")]:
        deleted.tag = "s"
    for listing in [*root.iter("ul", "ol")]:
        _keep_items(listing, empty)
    for item in [*root.iter("li")]:
        _list_items(item)
    for part in [*root.iter(*_PARENTS)]:
        parent = part.getparent()
        inner = parent is not None and parent.tag == "div"
        holder = parent.getparent() if inner and part.tag in ("dt", "dd") else parent
        if holder is None or holder.tag not in _PARENTS[str(part.tag)]:
            part.tag = "div"
    for code in [*root.iter("pre")]:
        _keep_lines(code, gone)
    for block in [*root.iter(*_BLOCKS)]:
        for above in block.iterancestors():
            if above.tag in _OF_LINES:
                above.tag = gone


def _list_items(item: "HtmlElement") -> None:
    """Put an item that is in no list into one, with those that follow it: browsers show them as a list."""
    parent = item.getparent()
    if parent is None or parent.tag in ("ul", "ol"):
        return
    listing = item.makeelement("ul", {})
    item.addprevious(listing)
    following: HtmlElement | None = item
    while following is not None and following.tag == "li":
        after = following.getnext() if not (following.tail or "").strip() else None
        listing.tail, following.tail = following.tail, None
        listing.append(following)
        following = after


def _keep_lines(code: "HtmlElement", gone: str) -> None:
    """Write the blocks in code, a line each, as the lines that they are."""
    for block in [*code.iterdescendants(*_BLOCKS)]:
        block.tag = gone
        if not "".join(map(str, block.itertext())).endswith("\n"):
            block.tail = f"\n{block.tail or ''}"


def _keep_items(listing: "HtmlElement", empty: str) -> None:
    """Put what lies between the items of a list into the item before it, which a list may not hold itself."""
    item = None
    if (listing.text or "").strip():
        item = listing.makeelement("li", {})
        item.text, listing.text = listing.text, None
        listing.insert(0, item)
    for child in [*listing]:
        if child.tag in ("li", empty):
            item = child if child.tag == "li" else item
        elif child.tag == "br":
            child.tag = empty
        elif item is None:
            item = listing.makeelement("li", {})
            child.addprevious(item)
            item.append(child)
            continue
        else:
            _append_text(item, " ")
            item.append(child)
            continue
        if item is not None and (child.tail or "").strip():
            _append_text(item, child.tail or "")
            child.tail = None


def _append_text(element: "HtmlElement", words: str) -> None:
    last = next(element.iterchildren(reversed=True), None)  # `len` and `[-1]` count all children
    if last is None:
        element.text = (element.text or "") + words
    else:
        last.tail = (last.tail or "") + words
