"""Find and render templates: a project's own come first, and may extend the shipped ones block by block.

A template is a folder with `issue.html` and `issue.txt`. A project's ``templates/digest/issue.html`` takes the place
of the shipped one; ``{% extends "shipped/digest/issue.html" %}`` names the shipped one whatever the project has.
"""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jinja2

from newsletter.composer.text import wrap
from newsletter.errors import TemplateError

__all__ = ["Templates", "shipped_templates"]

_SHIPPED = "shipped/"


def shipped_templates() -> Path:
    """Give the folder of the default templates: beside the package when installed, above it in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"


class Templates:
    """The templates of one project; `digests` names every file that was used, with the SHA-256 of its text."""

    def __init__(self, root: Path) -> None:
        """Read templates below `root`/templates and among the shipped ones, when they are rendered."""
        self.digests: dict[str, str] = {}
        self._own = root / "templates"
        self._paths: dict[str, Path] = {}
        self._environment = jinja2.Environment(
            loader=jinja2.FunctionLoader(self._load),
            autoescape=lambda name: name is not None and name.endswith(".html"),  # noqa: S701 - by the file's ending
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=-1,
        )
        self._environment.filters["wrap"] = wrap

    def render(self, template: str, part: str, context: Mapping[str, Any]) -> str:
        """Render the `part` (``html`` or ``txt``) of `template`; a template without a text part gets the digest's.

        Raises TemplateError with file and line.
        """
        names = [f"{template}/issue.{part}", *(["digest/issue.txt"] if part == "txt" else [])]
        try:
            return self._environment.select_template(names).render(context)
        except jinja2.TemplatesNotFound as error:
            raise self._not_found(template) from error
        except jinja2.TemplateNotFound as error:
            raise TemplateError(f"there is no template file '{error.message}'", hint=self._hint()) from error
        except jinja2.TemplateSyntaxError as error:
            place = f"{error.filename or error.name}:{error.lineno}"
            raise TemplateError(str(error.message), place=place, hint="mend the template") from error
        except Exception as error:
            place = self._place(error)
            if not place:
                raise
            hint = "docs/guides/templates.md lists what a template may use"
            raise TemplateError(f"{type(error).__name__}: {error}", place=place, hint=hint) from error

    def names(self) -> tuple[str, ...]:
        """List the templates there are, sorted."""
        folders = (self._own, shipped_templates())
        return tuple(sorted({path.parent.name for folder in folders for path in folder.glob("*/issue.html")}))

    def _load(self, name: str) -> tuple[str, str, Callable[[], bool]] | None:
        shipped = shipped_templates() / name.removeprefix(_SHIPPED)
        candidates = [shipped] if name.startswith(_SHIPPED) else [self._own / name, shipped]
        path = next((path for path in candidates if path.is_file()), None)
        if path is None or ".." in Path(name).parts:
            return None
        try:
            source = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise TemplateError(f"cannot be read: {error}", place=str(path), hint="save it as UTF-8 text") from error
        self.digests[name] = hashlib.sha256(source.encode()).hexdigest()
        self._paths[name] = path
        if name.endswith(".html"):
            source = "\n".join(line.lstrip() for line in source.split("\n"))  # indentation is for people
        return source, str(path), lambda: True

    def _not_found(self, template: str) -> TemplateError:
        return TemplateError(f"there is no template '{template}'", hint=self._hint())

    def _hint(self) -> str:
        return f"there are: {', '.join(self.names())}; a project's own live in {self._own}"

    def _place(self, error: BaseException) -> str:
        """Find the line of a template on which `error` happened: Jinja puts template files into tracebacks."""
        files = {str(path) for path in self._paths.values()}
        place, trace = "", error.__traceback__
        while trace:
            if trace.tb_frame.f_code.co_filename in files:
                place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
            trace = trace.tb_next
        return place
