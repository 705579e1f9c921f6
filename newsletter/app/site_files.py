"""Write what an issue adds to the site: hosted pictures. Nothing that an issue shows is ever removed or replaced."""

from collections.abc import Iterable

from newsletter.config import Config
from newsletter.files import open_folder, real_path
from newsletter.models import HostedImage

__all__ = ["write_pictures"]


def write_pictures(pictures: Iterable[HostedImage], config: Config) -> None:
    """Write hosted pictures into the first assets folder; one that is there already has the same content."""
    wanted = tuple(pictures)
    if not wanted:
        return
    with open_folder(real_path(config.hosted), make=True) as folder:
        for picture in wanted:
            found = folder.stat(picture.filename)
            if found is None or found.st_size != len(picture.content):
                folder.write(picture.filename, picture.content)
