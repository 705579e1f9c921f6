"""What a template asks of the composer, in constants that it sets: ``{% set row_picture = [144, 96] %}``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from newsletter.composer.stories import Shape
from newsletter.errors import TemplateError
from newsletter.settings import QrPlace

__all__ = ["Wishes", "read_wishes"]

_MOST = 2000  # pixels that a side is drawn in


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The shapes of pictures, at twice the size they are drawn in; which stories have one; where codes are.

    `qr_place` is "" where the configuration decides. With `whole_lead` the first story has its whole body.
    """

    lead_picture: Shape = Shape(width=1104)  # twice a column
    row_picture: Shape = Shape(width=624)  # twice what a phone shows
    pictures: str = "all"
    qr_place: str = ""
    whole_lead: bool = False


def read_wishes(constants: Mapping[str, Any], template: str) -> Wishes:
    """Return the wishes among a template's constants. Raises TemplateError for one that cannot be met."""
    wishes: dict[str, Any] = {}
    for name in ("lead_picture", "row_picture"):
        if name in constants:
            wishes[name] = _shape(constants[name], name, template, exact=name == "row_picture")
    for name, choices in (("pictures", ("all", "lead", "none")), ("qr_place", (*get_args(QrPlace), "none"))):
        if name in constants:
            wishes[name] = constants[name]
            if constants[name] not in choices:
                raise _wrong(name, f"one of: {', '.join(choices)}", template)
    if "whole_lead" in constants:
        wishes["whole_lead"] = constants["whole_lead"] is True
    return Wishes(**wishes)


def _shape(value: Any, name: str, template: str, *, exact: bool) -> Shape:
    if (
        not isinstance(value, list | tuple)
        or len(value) != 2
        or not all(type(side) is int and 0 < side <= _MOST for side in value)
    ):
        raise _wrong(name, f"a width and a height in pixels, as in [144, 96], up to {_MOST:,}", template)
    width, height = value
    return Shape(width=2 * width, height=2 * height, exact=exact)


def _wrong(name: str, wanted: str, template: str) -> TemplateError:
    return TemplateError(f"{name} is not {wanted}", place=f"{template}/issue.html", hint=f"change {{% set {name} … %}}")
