"""Turn a table into a line a row, with the headings of its columns: columns do not fit into a phone."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

__all__ = ["unfold_table"]

_BLOCKS = ("p", "div", "ul", "ol", "dl", "pre", "blockquote", "figure", "hr", "table")
_BETWEEN = " · "
_WIDEST = 100  # columns or rows that one cell covers
_MOST_HEADINGS = 20_000  # characters that the headings, said again in each row, may add


def unfold_table(table: "HtmlElement") -> None:
    """Turn a table into paragraphs, one a row; a row whose cells hold blocks becomes a block of blocks."""
    rows = [row for row in table.iter("tr") if _table_of(row) is table]
    headings = _headings(rows)
    if headings:
        rows.pop(0).tag = "empty"
    taken: dict[int, int] = {}
    for row in rows:
        cells = [cell for cell in row if cell.tag in ("td", "th")]
        _unfold_row(row, cells, _spread(cells, headings, taken) if headings else [""] * len(cells))
    for group in [*table.iter("thead", "tbody", "tfoot")]:
        group.tag = "gone"
    for caption in [*table.iter("caption")]:
        caption.tag = "div"
        caption.set("class", "body-heading")
    table.tag = "div"


def _table_of(row: "HtmlElement") -> "HtmlElement | None":
    return next(row.iterancestors("table"), None)


def _headings(rows: "list[HtmlElement]") -> list[str]:
    """Return the words of a first row that is all headings, of two or more, where there are rows below it."""
    cells = [cell for cell in rows[0] if cell.tag in ("td", "th")] if len(rows) > 1 else []
    in_head = (above := rows[0].getparent() if rows else None) is not None and above.tag == "thead"
    if len(cells) < 2 or not (in_head or all(cell.tag == "th" for cell in cells)):
        return []
    words = [" ".join(cell.text_content().split()) for cell in cells for _ in range(_span(cell, "colspan"))]
    return words if any(words) and sum(map(len, words)) * len(rows) <= _MOST_HEADINGS else []


def _span(cell: "HtmlElement", name: str) -> int:
    return min(max(int(cell.get(name) or 1), 1), _WIDEST)


def _spread(cells: "list[HtmlElement]", headings: list[str], taken: dict[int, int]) -> list[str]:
    """Return the heading of each cell of a row; `taken` has the columns that cells of rows above reach into."""
    found, column = [], 0
    for cell in cells:
        while taken.get(column):
            column += 1
        wide, high = _span(cell, "colspan"), _span(cell, "rowspan")
        found.append(headings[column] if wide == 1 and column < len(headings) else "")
        taken.update((column + offset, high) for offset in range(wide))
        column += wide
    for number, rows in taken.items():
        taken[number] = max(0, rows - 1)
    return found


def _unfold_row(row: "HtmlElement", cells: "list[HtmlElement]", headings: list[str]) -> None:
    for cell in cells:
        _unwrap(cell)
        for name in ("colspan", "rowspan"):
            cell.attrib.pop(name, None)
    blocks = any(next(cell.iter(*_BLOCKS), None) is not None for cell in cells)
    shown = [(cell, words) for cell, words in zip(cells, headings, strict=True) if _is_filled(cell)]
    for cell in cells:
        cell.tag, cell.tail = "empty", None
    for number, (cell, words) in enumerate(shown):
        cell.tag = "div" if blocks else "span"
        if words:
            _head(cell, words)
        if not blocks and number < len(shown) - 1:
            cell.tail = _BETWEEN
    row.tag = "div" if blocks else "p"


def _is_filled(cell: "HtmlElement") -> bool:
    return bool(cell.text_content().strip()) or next(cell.iter("img"), None) is not None


def _unwrap(cell: "HtmlElement") -> None:
    """Take out the one paragraph that holds all of a cell."""
    if len(cell) == 1 and cell[0].tag == "p" and not (cell.text or "").strip() and not (cell[0].tail or "").strip():
        cell[0].tag = "gone"


def _head(cell: "HtmlElement", words: str) -> None:
    """Put a column's heading before a cell's words."""
    place = cell[0] if len(cell) and cell[0].tag == "p" and not (cell.text or "").strip() else cell
    heading = place.makeelement("strong", {})
    heading.text = f"{words.rstrip(':')}:"
    heading.tail = " " + (place.text or "").lstrip()
    place.text = None
    place.insert(0, heading)
