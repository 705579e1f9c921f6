"""Fetching pictures from a real server on this machine, and refusing what articles should not reach."""

import io
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import segno
from PIL import Image

from newsletter.composer.compose import compose
from newsletter.composer.fetch import Limits, fetch_pictures
from newsletter.composer.image_data import ImageData
from newsletter.errors import ConfigError
from newsletter.settings import ComposeSettings
from tests.composer.samples import article, composed, config, outline

QUICK = Limits(total=6.0, wait=1.5, size=50_000, redirects=2, at_once=4, failures=2)
LOCAL = ("127.0.0.1", "localhost")


def banner(colour: str = "navy") -> bytes:
    """Make a banner."""
    saved = io.BytesIO()
    Image.new("RGB", (1200, 600), colour).save(saved, "WEBP")
    return saved.getvalue()


def content(material: ImageData) -> bytes:
    """Read the file of a picture."""
    assert material.path
    return material.path.read_bytes()


class Pictures(BaseHTTPRequestHandler):
    """A host of pictures, good and bad."""

    def do_GET(self) -> None:
        """Answer by path."""
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        kind, _, rest = self.path.strip("/").partition("/")
        if kind == "redirect":
            self._answer(302, b"", ("Location", "/banner" if rest == "0" else f"/redirect/{int(rest) - 1}"))
        elif kind == "blank":
            self._answer(302, b"", ("Location", "/a b.png"))
        elif kind == "away":
            self._answer(302, b"", ("Location", "http://169.254.169.254/secret"))
        elif kind == "status":
            self._answer(int(rest), b"no")
        elif kind == "slow":
            time.sleep(1.5)
            self._answer(200, banner())
        elif kind == "drip":
            self._drip()
        else:
            self._answer(
                200, {"large": banner() + b"x" * 60_000, "broken": b"nonsense", "code": _code()}.get(kind, banner())
            )

    def _answer(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(100):
                self.wfile.write(b"GIF89a" * 3)
                self.wfile.flush()
                time.sleep(0.1)
        except OSError:
            pass

    def log_message(self, *_: object) -> None:
        """Stay silent."""


def _code() -> bytes:
    drawn = io.BytesIO()
    segno.make("https://short.example.org/x", error="m").save(drawn, kind="png", scale=8, border=1)
    return drawn.getvalue()


@contextmanager
def serving() -> Iterator[tuple[str, list[str]]]:
    """Serve pictures on loopback; give the address and the list of what was asked."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Pictures) as server:
        server.asked = []  # type: ignore[attr-defined]
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", server.asked  # type: ignore[attr-defined]
        server.shutdown()


def test_pictures_are_fetched_once_and_kept(tmp_path: Path) -> None:
    """A redirect is followed, an address is asked for once, and the next run needs no network."""
    heard: list[int] = []
    with serving() as (host, asked):
        addresses = [f"{host}/banner", f"{host}/redirect/1", f"{host}/banner"]
        got = fetch_pictures(addresses, cache=tmp_path, private_hosts=LOCAL, progress=heard.append)
        assert {content(one) for one in got.values()} == {banner()}
        assert sorted(asked) == ["/banner", "/banner", "/redirect/0", "/redirect/1"]
    assert heard == [1, 2]
    assert fetch_pictures(addresses, cache=tmp_path, offline=True) == got


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("status/404", "answers 404"),
        ("large", "larger than 50,000"),
        ("redirect/9", "more than 2 redirects"),
        ("slow", "timed out"),
        ("away", "private address"),
        ("drip", "seconds for all|time limit for all"),
    ],
)
def test_a_bad_host_is_bounded(tmp_path: Path, path: str, problem: str) -> None:
    """Each way of being bad ends in a problem, in time."""
    started = time.monotonic()
    with serving() as (host, _):
        got = fetch_pictures([f"{host}/{path}"], cache=tmp_path, private_hosts=["127.0.0.1"], limits=QUICK)
        (result,) = got.values()
    assert not result.path
    assert not list(tmp_path.glob("?" * 64 + "*"))
    assert time.monotonic() - started < QUICK.total + 1
    assert re.search(problem, result.problem)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "0.0.0.0"])
def test_private_addresses_are_refused(tmp_path: Path, host: str) -> None:
    """Without permission nothing on this machine or its network is asked."""
    with serving() as (address, asked):
        port = address.rpartition(":")[2]
        (result,) = fetch_pictures([f"http://{host}:{port}/banner"], cache=tmp_path, limits=QUICK).values()
        assert "private address" in result.problem
        assert asked == []


def test_a_host_is_tried_at_each_of_its_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address where nobody listens does not hide the next one; private ones, if only one, are forbidden as ever."""
    names = {"two.example": ["127.0.0.9", "127.0.0.1"], "half.example": ["8.8.8.8", "127.0.0.1"]}
    resolve = socket.getaddrinfo

    def two(name: str, *rest: Any, **options: Any) -> list[Any]:
        return [one for address in names.get(name, [name]) for one in resolve(address, *rest, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", two)  # no name server here gives one name two addresses
    with serving() as (host, asked):
        address, half = (f"{host.replace('127.0.0.1', name)}/banner" for name in names)
        refused = fetch_pictures([address, half], cache=tmp_path, limits=QUICK)
        assert ["private" in one.problem for one in refused.values()] == [True, True]
        assert asked == []
        got = fetch_pictures([address], cache=tmp_path, private_hosts=["two.example"], limits=QUICK)
        assert content(got[address]) == banner()


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://x.example/a", "http://", "https://[", "nonsense"])
def test_other_addresses_are_refused(tmp_path: Path, address: str) -> None:
    """Only web addresses are fetched."""
    (result,) = fetch_pictures([address], cache=tmp_path, limits=QUICK).values()
    assert result.problem


def test_an_unreachable_host_does_not_add_up(tmp_path: Path) -> None:
    """Forty pictures of a host where nobody listens cost two failures."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        place = f"http://127.0.0.1:{listening.getsockname()[1]}"
    addresses = [f"{place}/{number}.jpg" for number in range(40)]
    limits = replace(QUICK, at_once=1)  # side by side, some more are under way before the second fails
    problems = [
        one.problem for one in fetch_pictures(addresses, cache=tmp_path, private_hosts=LOCAL, limits=limits).values()
    ]
    assert ["cannot be reached: " in one for one in problems] == [True] * limits.failures + [False] * 38
    assert ["could not be reached earlier in this run" in one for one in problems] == [False] * limits.failures + [
        True
    ] * 38


def test_embedded_pictures_travel_in_the_message(tmp_path: Path) -> None:
    """A banner becomes a JPEG at twice the drawn size, an article's code an opaque PNG; missing ones are findings."""
    with serving() as (host, _):
        settings = config(
            tmp_path,
            compose=ComposeSettings(
                banners="embed", qr="article", private_hosts=("127.0.0.1",), qr_hosts=("short.example.org",)
            ),
        )
        good = article(1, banner=f"{host}/banner", qrcode=f"{host}/code")
        bad = article(2, banner=f"{host}/broken", qrcode=f"{host}/status/404")
        bare = article(3, banner="", qrcode="")
        page = outline(good, bad, bare)
        composition = compose(page, {"1": good, "2": bad, "3": bare}, settings)
    kinds = sorted((image.mime_type, image.filename.split("-")[0]) for image in composition.message.images)
    assert kinds == [("image/jpeg", "banner"), *[("image/png", "qr")] * 3]
    assert 'width="552" height="276"' in composition.message.html
    codes = [(one.code, one.where) for one in composition.findings]
    assert codes == [
        ("banner-broken", bad.path),
        ("banner-missing", bare.path),
        ("qr-generated", bad.path),
        ("qr-generated", bare.path),
    ]


def test_addresses_may_be_written_as_browsers_show_them(tmp_path: Path) -> None:
    """Blanks and letters of any script are quoted, once, in the article's address and in a redirect's."""
    embedding = ComposeSettings(banners="embed", qr="off", private_hosts=LOCAL)
    settings = config(tmp_path, compose=embedding)
    with serving() as (host, asked):
        names = ("Füßball 1.png", "F%C3%BC.png?a=b c", "blank")
        articles = {str(number): article(number, banner=f"{host}/{name}") for number, name in enumerate(names)}
        composition = compose(outline(*articles.values()), articles, settings)
    assert composition.findings == ()
    assert set(asked) == {"/F%C3%BC%C3%9Fball%201.png", "/F%C3%BC.png?a=b%20c", "/blank", "/a%20b.png"}
    linked = composed(article(1, banner="HTTPS://cdn.example.org/a b.jpg"))
    assert 'src="https://cdn.example.org/a%20b.jpg"' in linked.message.html


def test_local_pictures_are_found_in_the_assets_folder(tmp_path: Path) -> None:
    """A path of the site and an address below it are the same file; a path never leads outside."""
    (tmp_path / "static" / "banners").mkdir(parents=True)
    (tmp_path / "static" / "banners" / "a b.png").write_bytes(banner())
    (tmp_path / "secret.png").write_bytes(banner("red"))
    settings = config(tmp_path, compose=ComposeSettings(banners="embed", assets_dir=("static",), qr="off"))
    base = settings.newsletter.base_url
    inside = ("/banners/a b.png", f"{base}/banners/a%20b.png")
    outside = ("/../secret.png", "/%2e%2e/secret.png", "..%2fsecret.png", "x.png")
    for name, there in [*((name, 1) for name in inside), *((name, 0) for name in outside)]:
        composition = composed(article(1, banner=name), settings=settings)
        assert len(composition.message.images) == there
        assert [one.code for one in composition.findings] == ["banner-broken"] * (1 - there)


def test_a_picture_travels_once_in_each_size(tmp_path: Path) -> None:
    """A lead's picture is large, a row's is cropped to its place; two files of the same bytes travel as one."""
    for name in ("a", "b", "c", "d"):
        (tmp_path / f"{name}.webp").write_bytes(banner())
    settings = config(tmp_path, compose=ComposeSettings(banners="embed", assets_dir=(".",), qr="off"))
    composition = composed(
        *(article(number, banner=f"/{name}.webp") for number, name in enumerate("abcd", 1)), settings=settings
    )
    pictures = [Image.open(io.BytesIO(one.content)) for one in composition.message.images]
    assert [one.size for one in pictures] == [(1104, 552), (288, 192)]
    assert composition.findings == ()


@pytest.mark.parametrize(
    "address", ["https://[", "//[", "//cdn.example.org:port/a.png", "a%00.png", f"{'x' * 300}.png"]
)
def test_what_is_no_address_is_left_out(tmp_path: Path, address: str) -> None:
    """What can be neither an address nor a file ends in findings, of a banner and of a code, as a missing file does."""
    embedding = ComposeSettings(banners="embed", qr="article", assets_dir=(".",))
    settings = config(tmp_path, compose=embedding, newsletter={"base_url": ""})
    composition = composed(article(1, banner=address, qrcode=address), settings=settings)
    assert [one.code for one in composition.findings] == ["banner-broken", "qr-generated"]


def test_linked_banners_must_be_shown_everywhere() -> None:
    """With banners = "link", what mail programs do not show is left out with a finding."""
    for banner_name, code in [
        ("http://cdn.example.org/a.jpg", "banner-unusable"),
        ("https://cdn.example.org/a.webp", "banner-unusable"),
        ("https://cdn.example.org/a.TIF", "banner-unusable"),
        ("https://[", "banner-unusable"),
        ("//[", "banner-unusable"),
        ("/banners/a.jpg", None),
        ("", "banner-missing"),
    ]:
        composition = composed(article(1, banner=banner_name))
        assert [one.code for one in composition.findings] == ([code] if code else [])
        assert ("/banners/" in composition.message.html) == (banner_name == "/banners/a.jpg")


def test_hosting_comes_later() -> None:
    """The word is known and refused."""
    with pytest.raises(ConfigError, match="host"):
        composed(article(1), settings=config(compose=ComposeSettings(banners="host")))


def test_automatic_codes_make_no_finding(tmp_path: Path) -> None:
    """With qr = "auto" a code that cannot be fetched is generated without a word."""
    own = replace(article(1), qrcode="https://no-such-host.invalid/code.webp")
    composition = composed(own, settings=config(tmp_path))
    assert [image.filename.split("-")[0] for image in composition.message.images] == ["qr"]
    assert composition.findings == ()


def test_the_logo_travels_or_is_linked(tmp_path: Path) -> None:
    """A logo is an https address or a file of the assets folder; anything else is a mistake of the configuration."""
    (tmp_path / "logo.png").write_bytes(banner())
    theme = ComposeSettings().theme
    for logo, source in [
        ("https://x.example/logo.png", 'src="https://x.example/logo.png"'),
        ("logo.png", 'src="cid:logo-'),
    ]:
        settings = config(tmp_path, compose=ComposeSettings(assets_dir=(".",), theme=replace(theme, logo=logo)))
        assert source in composed(article(1), settings=settings).message.html
    with pytest.raises(ConfigError, match="logo"):
        composed(article(1), settings=config(compose=ComposeSettings(theme=replace(theme, logo="none.png"))))


@pytest.mark.parametrize(
    ("template", "paths"),
    [
        ("digest", ["/banner?1", "/banner?2", "/code?1", "/code?2"]),
        ("letter", ["/banner?1", "/code?1"]),
        ("wire", ["/banner?1"]),
        ("compact", []),
    ],
)
def test_only_what_a_template_shows_is_fetched(tmp_path: Path, template: str, paths: list[str]) -> None:
    """Pictures and codes of stories that have none in the template are not asked for."""
    with serving() as (host, asked):
        compose_settings = ComposeSettings(template=template, banners="embed", private_hosts=("127.0.0.1",))
        stories = [
            article(number, banner=f"{host}/banner?{number}", qrcode=f"{host}/code?{number}", featured=number == 1)
            for number in (1, 2)
        ]
        compose(outline(*stories), {one.key: one for one in stories}, config(tmp_path, compose=compose_settings))
    assert sorted(asked) == paths
