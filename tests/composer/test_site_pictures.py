"""Where an article's picture comes from: its bundle, its text, the folders of its site."""

import unicodedata
from pathlib import Path
from typing import Any

import pytest

from newsletter.composer.first_picture import with_picture
from newsletter.composer.image_locations import find_source, is_missing, picture_address
from newsletter.config import Config
from newsletter.models import Article
from newsletter.settings import ComposeSettings
from tests.composer.samples import BASE, article, composed, config
from tests.composer.test_images import picture

PNG = picture("PNG")


def put(root: Path, *names: str) -> None:
    """Write pictures."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(PNG)


def site(root: Path, base: str = BASE, **settings: Any) -> Config:
    """Make a configuration whose pictures lie in two folders."""
    for folder in ("static", "assets"):
        (root / folder).mkdir(exist_ok=True)
    made = ComposeSettings(**{"assets_dir": ("static", "assets"), **settings})
    return config(root, newsletter={"base_url": base}, compose=made)


def bare(body: str = "", path: str = "posts/story/index.md", **changes: Any) -> Article:
    """Make an article without a banner, in Markdown."""
    about = {"path": path, "banner": "", "body": body, "body_format": "markdown", "link": f"{BASE}/posts/story/"}
    return article(1, **{**about, **changes})


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("photo.jpg", "My-Featured-1.JPG", "cover.png"), "My-Featured-1.JPG"),
        (("thumbnail.png", "cover.png", "photo.jpg"), "cover.png"),
        (("thumbnail.gif", "photo.jpg"), "thumbnail.gif"),
        (("featured.svg", "feature.webp", "cover.jpg"), "cover.jpg"),
        (("inner/feature.jpg", "feature.md", "photo.jpg"), ""),
    ],
)
def test_a_bundles_picture_is_the_one_that_hugo_takes(tmp_path: Path, names: tuple[str, ...], found: str) -> None:
    """Its name says feature, else cover or thumbnail; mail programs must show it."""
    put(tmp_path, *(f"content/posts/story/{name}" for name in names))
    assert with_picture(bare(), site(tmp_path)).banner == found


def test_a_bundles_picture_hangs_below_its_page(tmp_path: Path) -> None:
    """It travels where pictures travel, of any kind that can be converted; a page without a folder has none."""
    put(tmp_path, "content/posts/story/feature.webp", "content/posts/cover.jpg")
    assert not with_picture(bare(), site(tmp_path)).banner
    travels = site(tmp_path, banners="embed", qr="off")
    assert [one.filename[:6] for one in composed(bare(), settings=travels).message.images] == ["banner"]
    assert not with_picture(bare(path="posts/other.md"), site(tmp_path)).banner
    put(tmp_path, "content/posts/story/cover 100%: #1?.jpg")
    address = f'src="{BASE}/posts/story/cover%20100%25%3A%20%231%3F.jpg"'
    assert address in composed(bare(), settings=site(tmp_path)).message.html


FAR = "https://cdn.example/a.jpg"


@pytest.mark.parametrize(
    ("body", "address", "alt"),
    [
        (f"Words.\n\n![A *hill*]({FAR} 'x')\n\n![b](https://cdn.example/b.jpg)", FAR, "A hill"),
        (f"![A hill][1]\n\n[1]: {FAR}", FAR, "A hill"),
        (f'Words <img alt="A hill" src="{FAR}"> more', FAR, "A hill"),
        (f'<figure>\n<img src="{FAR}" alt="A hill">\n</figure>', FAR, "A hill"),
        (f'{{{{< figure src="{FAR}" alt="A hill" class="x" >}}}}', FAR, "A hill"),
        (f"{{{{< img src='{FAR}' caption='A \"high\" hill' >}}}}", FAR, 'A "high" hill'),
        (f'{{{{ resize_image(path="{FAR}", width=5) }}}}', FAR, ""),
        (f'{{% include figure.html url="{FAR}" caption="A hill" %}}', FAR, "A hill"),
        ('![A hill]({{ "/a.jpg" | relative_url }})', "/a.jpg", "A hill"),
        ("![A hill]({{ site.baseurl }}/a.jpg)", "/a.jpg", "A hill"),
        (f"```\n![no]({FAR})\n{{{{< figure src='{FAR}' >}}}}\n```\n\n`<img src='{FAR}'>`", "", ""),
        (f"<!-- <img src='{FAR}'> -->\n\nWords about a.jpg", "", ""),
        (f"![badge](https://ci.example/badge.svg) ![d](data:image/png;base64,AA) ![x]({FAR})", FAR, "x"),
        (f'<img src="https://cdn.example/face.jpg" width="48"> ![x]({FAR})', FAR, "x"),
        (f"![no](http://cdn.example/a.jpg) ![missing](/none.jpg) ![x]({FAR})", FAR, "x"),
        ("![](" + "a" * 5000 + ".jpg)", "", ""),
    ],
)
def test_the_first_picture_of_a_text(tmp_path: Path, body: str, address: str, alt: str) -> None:
    """In Markdown, in HTML, in a generator's shortcode; code, comments, badges and faces are none."""
    put(tmp_path, "static/a.jpg")
    found = with_picture(bare(body), site(tmp_path))
    assert (found.banner, found.banner_alt) == (address, alt)


def test_the_first_picture_of_html(tmp_path: Path) -> None:
    """An article in HTML is read as such."""
    made = bare(f"<p>**no** ![no](/x.jpg)</p><p><img src='{FAR}' alt='A hill'></p>", body_format="html")
    assert with_picture(made, site(tmp_path)).banner == FAR


def test_whole_articles_show_their_pictures_themselves(tmp_path: Path) -> None:
    """Nothing is shown twice."""
    made = bare(f"Words.\n\n![A hill]({FAR})")
    message = composed(made, settings=site(tmp_path, body="full", qr="off")).message
    assert message.html.count(FAR) == 1


def test_front_matter_goes_first(tmp_path: Path) -> None:
    """What the author names is the picture."""
    put(tmp_path, "content/posts/story/feature.jpg")
    made = bare(f"![x]({FAR})", banner="/named.jpg")
    assert with_picture(made, site(tmp_path)) == made


@pytest.mark.parametrize(
    ("banner", "alt", "shown"),
    [
        ("https://cdn.example/energy-3.jpg", "A wind farm at dusk", "A wind farm at dusk"),
        ("https://cdn.example/energy-3.jpg", "energy-3.jpg", "Story number 1 has a headline of a…"),
        ("https://cdn.example/other.jpg", "image 1", "Picture: Energy"),
        ("https://cdn.example/other.jpg", "", "Picture: Energy"),
        ("https://cdn.example/other.jpg", "hill " * 100, ("hill " * 60).strip() + "…"),
    ],
)
def test_alternative_texts(banner: str, alt: str, shown: str) -> None:
    """What the article says of its picture stands for it, where that says anything."""
    made = article(1, banner=banner, banner_alt=alt, category="energy")
    assert f'alt="{shown}"' in composed(made).message.html


@pytest.mark.parametrize(
    ("address", "file", "published"),
    [
        ("/img/a.jpg", "static/img/a.jpg", "/img/a.jpg"),
        ("img/a.jpg", "static/img/a.jpg", "/img/a.jpg"),
        ("/img/b.jpg", "assets/img/b.jpg", "/img/b.jpg"),
        ("/posts/c.jpg", "content/posts/c.jpg", "/posts/c.jpg"),
        ("../c.jpg", "content/posts/c.jpg", "/posts/c.jpg"),
        ("../../../assets/img/b.jpg", "assets/img/b.jpg", "/img/b.jpg"),
        ("./d.jpg?v=2", "content/posts/story/d.jpg", "/posts/story/d.jpg?v=2"),
        ("/img/100%25.jpg", "static/img/100%.jpg", "/img/100%25.jpg"),
        (f"{BASE}/img/a.jpg", "static/img/a.jpg", "/img/a.jpg"),
        ("../../../secret.jpg", "", None),
        ("../../../../etc/a.jpg", "", None),
        ("/../secret.jpg", "", None),
    ],
)
def test_the_folders_of_a_site(tmp_path: Path, address: str, file: str, published: str | None) -> None:
    """Static files, assets, and what lies among the articles; nothing outside of these."""
    put(tmp_path, "static/img/a.jpg", "assets/img/b.jpg", "content/posts/c.jpg", "content/posts/story/d.jpg")
    put(tmp_path, "secret.jpg", "static/img/100%.jpg")
    settings, made = site(tmp_path), bare(banner=address)
    assert is_missing(address, made, settings) is not bool(file)
    if file:
        assert find_source(address, made, settings) == tmp_path / file
        assert picture_address(address, made, settings) == f"{BASE}{published}"


def test_an_archive_that_is_one_section_of_a_site(tmp_path: Path) -> None:
    """Its articles write the site's paths, which begin with the section."""
    put(tmp_path, "content/blog/images/a.jpg")
    settings = config(tmp_path, newsletter={"archive": ("content/blog",)})
    made = bare(path="story.md", banner="/blog/images/a.jpg")
    assert find_source(made.banner, made, settings) == tmp_path / "content/blog/images/a.jpg"
    assert picture_address(made.banner, made, settings) == f"{BASE}/blog/images/a.jpg"


@pytest.mark.parametrize(
    ("address", "published"),
    [
        ("/docs/img/a.jpg", "https://user.example/docs/img/a.jpg"),
        ("/img/a.jpg", "https://user.example/docs/img/a.jpg"),
        ("https://user.example/docs/img/a.jpg", "https://user.example/docs/img/a.jpg"),
        ("/docs/b.jpg", "https://user.example/docs/docs/b.jpg"),
        ("/docs/none.jpg", "https://user.example/docs/none.jpg"),
        ("/docsier/none.jpg", "https://user.example/docs/docsier/none.jpg"),
    ],
)
def test_a_site_below_a_path(tmp_path: Path, address: str, published: str) -> None:
    """The path is once, unless a folder of the site has the same name."""
    put(tmp_path, "static/img/a.jpg", "static/docs/b.jpg")
    settings, made = site(tmp_path, "https://user.example/docs/"), bare(banner=address)
    assert picture_address(address, made, settings) == published
    assert is_missing(address, made, settings) is ("none" in address)


def test_the_text_of_an_article_on_such_a_site() -> None:
    """Links and pictures in it have the path once, too."""
    made = article(1, body="![x](/docs/x.jpg) [y](/docs/y/) [z](/z/)", body_format="markdown")
    below = config(newsletter={"base_url": "https://user.example/docs"}, compose=ComposeSettings(body="full"))
    html = composed(made, settings=below).message.html
    for address in ("x.jpg", "y/", "z/"):
        assert f'"https://user.example/docs/{address}"' in html


def test_assets_url_maps_to_the_folders(tmp_path: Path) -> None:
    """What is hosted there lies in the assets folders."""
    put(tmp_path, "static/img/a.jpg")
    settings = site(tmp_path, assets_url="https://cdn.example/site")
    made = bare()
    for address in ("/img/a.jpg", "https://cdn.example/site/img/a.jpg"):
        assert find_source(address, made, settings) == tmp_path / "static/img/a.jpg"
        assert picture_address(address, made, settings) == "https://cdn.example/site/img/a.jpg"
    assert find_source("https://cdn.example/sites/img/a.jpg", made, settings) == "https://cdn.example/sites/img/a.jpg"


@pytest.mark.parametrize("written", ["NFC", "NFD"])
@pytest.mark.parametrize("stored", ["NFC", "NFD"])
def test_accents_in_names(tmp_path: Path, written: Any, stored: Any) -> None:
    """A name is found, and published, as the disk has it, in folders too."""
    name = "caf\u00e9/\u00e9clair.jpg"
    put(tmp_path, f"static/{unicodedata.normalize(stored, name)}")
    settings, address = site(tmp_path), "/" + unicodedata.normalize(written, name)
    assert isinstance(find_source(address, bare(), settings), Path)
    quoted = "/caf%C3%A9/%C3%A9clair.jpg" if stored == "NFC" else "/cafe%CC%81/e%CC%81clair.jpg"
    assert picture_address(address, bare(), settings) == BASE + quoted


def test_a_files_name_cannot_name_a_placeholder(tmp_path: Path) -> None:
    """The name of a bundle's picture counts like every text of an article."""
    put(tmp_path, "content/posts/story/feature-%%html:email%%.jpg")
    message = composed(bare(), settings=site(tmp_path)).message
    assert "%%html:email%%" not in message.html
