"""Draw the banner pictures of the sample articles: flat shapes, 1200 by 600 pixels, a few kilobytes each.

Run it with ``python scripts/demo_banners.py``; the pictures are the same each time.
"""

import math
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw

WIDTH, HEIGHT, FINE = 1200, 600, 2
FOLDER = Path(__file__).parent.parent / "newsletter" / "demo" / "static" / "banners"

NAVY, SEA, TEAL, MIST = "#16324f", "#1f5673", "#3a8f97", "#b9d8d6"
SAND, PAPER, CORAL, OCHRE, MOSS = "#efe4cf", "#faf5ea", "#de7556", "#e6ad46", "#5c7f52"


class Canvas:
    """A canvas in the final picture's coordinates, drawn at a higher resolution and reduced at the end."""

    def __init__(self, ground: str) -> None:
        self.image = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE), ground)
        self.draw = ImageDraw.Draw(self.image)

    def circle(self, x: float, y: float, radius: float, colour: str) -> None:
        box = [(x - radius) * FINE, (y - radius) * FINE, (x + radius) * FINE, (y + radius) * FINE]
        self.draw.ellipse(box, fill=colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: str, radius: float = 0) -> None:
        self.draw.rounded_rectangle(
            [left * FINE, top * FINE, right * FINE - 1, bottom * FINE - 1], radius * FINE, fill=colour
        )

    def polygon(self, points: list[tuple[float, float]], colour: str) -> None:
        self.draw.polygon([(x * FINE, y * FINE) for x, y in points], fill=colour)

    def below(self, curve: Callable[[float], float], colour: str) -> None:
        """Fill the area below a curve."""
        points = [(float(x), curve(x)) for x in range(0, WIDTH + 1, 4)]
        self.polygon([*points, (WIDTH, HEIGHT), (0, HEIGHT)], colour)

    def save(self, name: str) -> None:
        small = self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        small.quantize(24, dither=Image.Dither.NONE).save(FOLDER / f"{name}.png", optimize=True)


def tides(c: Canvas) -> None:
    c.circle(900, 170, 92, PAPER)
    c.circle(936, 150, 80, NAVY)
    for level, (colour, length, phase) in enumerate(
        [(SEA, 640, 0.0), (TEAL, 480, 1.4), (MIST, 760, 2.6), (PAPER, 560, 4.0)]
    ):
        base = 300 + 78 * level
        c.below(lambda x, b=base, n=length, p=phase: b + 34 * math.sin(2 * math.pi * x / n + p), colour)  # type: ignore[misc]


def evening(c: Canvas) -> None:
    for band, colour in enumerate(["#24476b", "#4a5f86", "#8d6f88", "#c9796f", CORAL, OCHRE]):
        c.box(0, band * 70, WIDTH, (band + 1) * 70, colour)
    c.circle(600, 420, 120, PAPER)
    c.box(0, 420, WIDTH, HEIGHT, NAVY)
    for row in range(6):
        half = 130 - 18 * row
        c.box(600 - half, 440 + row * 26, 600 + half, 449 + row * 26, OCHRE, 4)


def lichens(c: Canvas) -> None:
    for stripe in range(12):
        c.box(stripe * 100 + 12, 0, stripe * 100 + 34, HEIGHT, "#6f604f")
    rings = [(230, 210, 130), (430, 400, 96), (640, 180, 78), (850, 340, 150), (1050, 150, 88), (620, 500, 60)]
    for x, y, radius in rings:
        for share, colour in ((1.0, MIST), (0.72, MOSS), (0.46, "#a9bf8a"), (0.2, OCHRE)):
            c.circle(x, y, radius * share, colour)


def code(c: Canvas) -> None:
    side, left, top = 24, 348, 48
    c.box(left - 24, top - 24, left + 21 * side + 24, top + 21 * side + 24, PAPER, 16)
    for row in range(21):
        for column in range(21):
            if (row * 7 + column * 11 + row * column * 3) % 5 in (0, 2) and not (row > 15 and column > 13):
                x, y = left + column * side, top + row * side
                c.box(x, y, x + side, y + side, NAVY)
    for x, y in ((0, 0), (14, 0), (0, 14)):
        for inset, colour in ((-1, PAPER), (0, NAVY), (1, PAPER), (2, NAVY)):
            a, b = left + (x + inset) * side, top + (y + inset) * side
            c.box(a, b, left + (x + 7 - inset) * side, top + (y + 7 - inset) * side, colour)
    corner = [(1200.0, 600.0), (1200.0, 300.0), (880.0, 430.0), (800.0, 480.0), (720.0, 600.0)]
    c.polygon(corner, CORAL)


def zones(c: Canvas) -> None:
    for zone in range(12):
        c.box(zone * 100, 0, zone * 100 + 100, HEIGHT, (TEAL, SEA)[zone % 2])
    c.circle(600, 300, 230, PAPER)
    c.circle(600, 300, 206, NAVY)
    for hour in range(24):
        angle = 2 * math.pi * hour / 24
        c.circle(600 + 178 * math.cos(angle), 300 + 178 * math.sin(angle), 10 if hour % 6 == 0 else 5, SAND)
    c.polygon([(592.0, 300.0), (600.0, 150.0), (608.0, 300.0)], OCHRE)
    c.polygon([(600.0, 292.0), (720.0, 366.0), (594.0, 310.0)], CORAL)
    c.circle(600, 300, 18, PAPER)


def digits(c: Canvas) -> None:
    for row in range(6):
        for column in range(13):
            x, y = 120 + column * 80, 90 + row * 84
            last = column == 12
            filled = (row * 5 + column * 3 + row * column) % 4
            c.circle(x, y, 26, OCHRE if last else (NAVY, SEA, TEAL, MIST)[filled])
            if last:
                c.circle(x, y, 11, PAPER)


def trees(c: Canvas) -> None:
    for block, height in enumerate((210, 300, 250, 340, 230, 290)):
        left = block * 200
        c.box(left, 500 - height, left + 180, 500, SAND)
        for row in range(int(height / 64)):
            for column in range(3):
                x, y = left + 28 + column * 48, 524 - height + row * 60
                c.box(x, y, x + 26, y + 34, MIST)
    c.box(0, 500, WIDTH, HEIGHT, NAVY)
    for tree in range(5):
        x = 150 + tree * 230
        c.box(x - 9, 380, x + 9, 520, "#6f604f")
        for dx, dy, radius in ((-52, 352, 66), (52, 352, 66), (0, 300, 84)):
            c.circle(x + dx, dy, radius, MOSS)
        c.circle(x - 22, 282, 34, "#7c9c6b")


def cover(c: Canvas) -> None:
    for row in range(7):
        for column in range(9):
            x = column * 150 - (75 if row % 2 else 0)
            c.box(x, row * 90, x + 144, row * 90 + 84, "#d9ccb4", 8)
    for radius, colour in ((250, NAVY), (228, SEA), (206, NAVY)):
        c.circle(600, 300, radius, colour)
    for ring, count in ((166, 24), (118, 16), (70, 10)):
        for step in range(count):
            angle = 2 * math.pi * step / count
            c.circle(600 + ring * math.cos(angle), 300 + ring * math.sin(angle), 14, MIST if ring != 118 else OCHRE)
    c.circle(600, 300, 30, CORAL)


def masthead(c: Canvas) -> None:
    c.box(240, 60, 960, 640, PAPER)
    c.box(290, 104, 910, 164, NAVY)
    c.box(290, 184, 910, 190, CORAL)
    for column in range(3):
        left = 290 + column * 214
        for line in range(11):
            if column == 0 and line < 6:
                continue
            short = 46 if line % 5 == 4 else 0
            c.box(left, 216 + line * 36, left + 192 - short, 228 + line * 36, "#c9bfae")
    c.box(290, 216, 482, 412, TEAL)
    c.circle(430, 272, 30, OCHRE)


def serifs(c: Canvas) -> None:
    c.polygon([(330.0, 500.0), (540.0, 90.0), (620.0, 90.0), (430.0, 500.0)], NAVY)
    c.polygon([(540.0, 90.0), (640.0, 90.0), (880.0, 500.0), (740.0, 500.0)], NAVY)
    c.box(440, 340, 760, 384, NAVY)
    c.box(270, 484, 500, 516, CORAL)
    c.box(670, 484, 950, 516, CORAL)


BANNERS: dict[str, tuple[str, Callable[[Canvas], None]]] = {
    "science-1": (NAVY, tides),
    "science-2": (NAVY, evening),
    "science-3": ("#837260", lichens),
    "technology-1": (CORAL, code),
    "technology-2": (SEA, zones),
    "technology-3": (SAND, digits),
    "city-1": ("#cfe3e4", trees),
    "city-2": (SAND, cover),
    "culture-1": (MIST, masthead),
    "culture-2": (OCHRE, serifs),
}

if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, (ground, drawing) in BANNERS.items():
        canvas = Canvas(ground)
        drawing(canvas)
        canvas.save(name)
        print(f"{name}.png {(FOLDER / f'{name}.png').stat().st_size:,} bytes")
