"""One accent makes a theme: text that can be read and fills of the true colour, in light and dark."""

import colorsys

import pytest

from newsletter.composer.theme import Palette, contrast, palettes
from newsletter.settings import ComposeSettings, Theme
from tests.composer.samples import article, composed, config

ACCENTS = ("#ff6600", "#ffd400", "#0a7d5a", "#0a4f96", "#7a1f3d", "#000000", "#ffffff", "#808080", "#00ff00")


def hue(colour: str) -> float:
    """Return the hue of a colour, from 0 to 1."""
    return colorsys.rgb_to_hls(*(int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)))[0]


@pytest.mark.parametrize("accent", ACCENTS)
def test_an_accent_alone_is_a_sound_theme(accent: str) -> None:
    """Its ink, the words on its fills, and both in the dark can be read; no finding asks for more than the eye does."""
    for palette in palettes(Theme(accent=accent)):
        assert contrast(palette.ink, palette.surface) >= 4.5
        assert contrast(palette.ink, palette.background) >= 4.5
        assert contrast(palette.on_accent, palette.accent) >= 4.5
    settings = config(compose=ComposeSettings(theme=Theme(accent=accent)))
    assert "contrast" not in {one.code for one in composed(article(), settings=settings).findings}


@pytest.mark.parametrize("accent", ["#ff6600", "#ffd400", "#0a7d5a", "#0a4f96", "#7a1f3d"])
def test_the_dark_keeps_the_hue(accent: str) -> None:
    """Orange stays orange: fills keep the true colour where it shows on dark, and no ink turns into another hue."""
    light, dark = palettes(Theme(accent=accent))
    assert light.accent == accent
    for colour in (light.ink, dark.accent, dark.ink):
        assert hue(colour) == pytest.approx(hue(accent), abs=0.02)
    assert (dark.accent == accent) == (contrast(accent, dark.surface) >= 3)


def test_what_a_theme_names_is_used_as_it_is() -> None:
    """A twin of the dark that somebody chose is not derived, and an ink that can be read is the accent itself."""
    light, dark = palettes(Theme(accent="#0a4f96", accent_dark="#8ab8f0"))
    assert (light.ink, dark.accent, dark.ink) == ("#0a4f96", "#8ab8f0", "#8ab8f0")


@pytest.mark.parametrize("surface", ["#ffffff", "#101214", "#777777"])
def test_any_ground_ends(surface: str) -> None:
    """Also where no colour has enough contrast, an ink is found: the best there is."""
    light: Palette = palettes(Theme(accent="#787878", surface=surface, background=surface))[0]
    assert contrast(light.ink, surface) >= 4
