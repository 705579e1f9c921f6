"""Colours: mix those that the theme does not set from those it does, and measure contrast as WCAG does."""

from dataclasses import dataclass

from newsletter.settings import Theme

__all__ = ["Palette", "contrast", "luma", "palettes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """The colours of one scheme, light or dark, each as #rrggbb; `on_accent` is text on the accent."""

    background: str
    surface: str
    text: str
    muted: str
    accent: str
    on_accent: str
    rule: str
    underline: str
    tint: str


def palettes(theme: Theme) -> tuple[Palette, Palette]:
    """Return the (light, dark) palettes of a theme."""
    light = _palette(theme.background, theme.surface, theme.text, theme.muted, theme.accent)
    dark = _palette(theme.background_dark, theme.surface_dark, theme.text_dark, theme.muted_dark, theme.accent_dark)
    return light, dark


def _palette(background: str, surface: str, text: str, muted: str, accent: str) -> Palette:
    return Palette(
        background=background,
        surface=surface,
        text=text,
        muted=muted,
        accent=accent,
        on_accent=max("#ffffff", "#101214", key=lambda colour: contrast(colour, accent)),
        rule=_mix(surface, text, 0.14),
        underline=_mix(surface, text, 0.3),
        tint=_mix(surface, text, 0.05),
    )


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
    return "#" + "".join(f"{round(below + (above - below) * share):02x}" for below, above in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
