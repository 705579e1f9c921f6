"""Colours: what the theme does not name is derived from what it does, and contrast is measured as WCAG does.

The accent is a brand's colour and is used as it is, for fills. Text in that hue needs more contrast than most brands'
colours have, so it is written in an ink: the accent, darker or lighter until it can be read. The accent of the dark
is the same colour where it shows on a dark ground, else a lighter one of its hue.
"""

import colorsys
from dataclasses import dataclass

from newsletter.settings import Theme

__all__ = ["Palette", "contrast", "luma", "palettes"]

_READABLE = 4.5  # contrast of text
_VISIBLE = 3.0  # contrast of a filled shape against its ground
_COMFORTABLE = 7.0  # contrast of coloured text in the dark: thin light letters need more than dark ones
_STEP = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """The colours of one scheme, light or dark, each as #rrggbb.

    `accent` is for fills, `on_accent` for text on it, `ink` for text in the accent's hue.
    """

    background: str
    surface: str
    text: str
    muted: str
    accent: str
    on_accent: str
    ink: str
    rule: str
    underline: str
    tint: str


def palettes(theme: Theme) -> tuple[Palette, Palette]:
    """Return the (light, dark) palettes of a theme."""
    light = _palette(theme.background, theme.surface, theme.text, theme.muted, theme.accent, _READABLE)
    accent = theme.accent_dark or _dark_twin(theme.accent, theme.surface_dark)
    dark = _palette(theme.background_dark, theme.surface_dark, theme.text_dark, theme.muted_dark, accent, _COMFORTABLE)
    return light, dark


def _dark_twin(accent: str, surface: str) -> str:
    """Return the accent where it can be seen on a dark surface, else a lighter one that text can have as well."""
    return accent if contrast(accent, surface) >= _VISIBLE else _readable(accent, (surface,), _COMFORTABLE)


def _palette(background: str, surface: str, text: str, muted: str, accent: str, contrast_of_ink: float) -> Palette:
    return Palette(
        background=background,
        surface=surface,
        text=text,
        muted=muted,
        accent=accent,
        on_accent=max("#ffffff", "#101214", key=lambda colour: contrast(colour, accent)),
        ink=_readable(accent, (surface, background), contrast_of_ink),
        rule=_mix(surface, text, 0.14),
        underline=_mix(surface, text, 0.3),
        tint=_mix(surface, text, 0.05),
    )


def _readable(colour: str, grounds: tuple[str, ...], least: float) -> str:
    """Return `colour`, darker or lighter in its own hue until its contrast to every ground is at least `least`."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*(part / 255 for part in _channels(colour)))
    step = _STEP if max(map(_luminance, grounds)) < 0.18 else -_STEP  # 0.18 is as far from white as from black
    while min(contrast(colour, ground) for ground in grounds) < least and 0 <= lightness + step <= 1:
        lightness += step
        colour = _hex(colorsys.hls_to_rgb(hue, lightness, saturation))
    return colour


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2)."""
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)


def luma(colour: str) -> float:
    """Return brightness from 0 to 255 as Thunderbird's dark mode computes it to decide what to repaint."""
    red, green, blue = _channels(colour)
    return 0.2125 * red + 0.7154 * green + 0.0721 * blue


def _luminance(colour: str) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _mix(ground: str, colour: str, share: float) -> str:
    pairs = zip(_channels(ground), _channels(colour), strict=True)
    return _hex([(below + (above - below) * share) / 255 for below, above in pairs])


def _hex(parts: tuple[float, ...] | list[float]) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
