"""Find and render templates: a project's own come first and can extend the shipped ones block by block.

A template is a folder with `issue.html` and `issue.txt`. A project's ``templates/digest/issue.html`` replaces
the shipped one; ``{% extends "shipped/digest/issue.html" %}`` always names the shipped one.

Templates of a project are not trusted and run in Jinja's sandbox: they see the values they are given,
nothing of Python, and no files outside the two template folders.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from traceback import walk_tb
from typing import Any

import jinja2
import jinja2.sandbox

from newsletter.composer.compiled import compiled_templates
from newsletter.composer.text_layout import brief, shorten, shorten_headline, wrap
from newsletter.errors import TemplateError

__all__ = ["Templates", "shipped_templates"]

_SHIPPED = "shipped/"
_GUIDE = "the guide 'Your own template' lists what a template may use"
_UNSEEN_LINE = re.compile(r"\s*(?:<!--.*|<[!?][^<>]*>\s*)*")
_NO_ATTRIBUTE = re.compile(r"^'(?:\w+\.)*(\w+) object' has no attribute")


def shipped_templates() -> Path:
    """Return the folder of the default templates: beside the package when installed, above it in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"


def _describe(error: Exception) -> str:
    """Return a message for an undefined name, with plain names for our types: "story has no 'titel'"."""
    if isinstance(error, jinja2.UndefinedError):
        return _NO_ATTRIBUTE.sub(lambda match: f"{match[1].lower()} has no", str(error))
    return f"{type(error).__name__}: {error}"


def _is_empty(rendered: str, part: str) -> bool:
    """Return whether a part shows nothing: no element in HTML, no line but a declaration in text."""
    if part == "html":
        from lxml import etree

        return not rendered.strip() or etree.fromstring(rendered, etree.HTMLParser(huge_tree=True)) is None
    return all(map(_UNSEEN_LINE.fullmatch, rendered.splitlines()))


class Templates:
    """The templates of one project; `digests` maps every file used to the SHA-256 of its text."""

    def __init__(self, root: Path) -> None:
        """Prepare to load templates from `root`/templates and the shipped ones; rendering reads them."""
        self.digests: dict[str, str] = {}
        self._own = root.resolve() / "templates"
        self._paths: dict[str, Path] = {}
        self._environment = jinja2.sandbox.SandboxedEnvironment(
            loader=jinja2.FunctionLoader(self._load),
            autoescape=lambda name: name is not None and name.endswith(".html"),  # by file extension
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=-1,
            bytecode_cache=compiled_templates(),
        )
        self._environment.filters.update(wrap=wrap, shorten=shorten, brief=brief, headline=shorten_headline)

    def render(self, template: str, part: str, context: Mapping[str, Any]) -> str:
        """Render the `part` (``html`` or ``txt``) of `template`; a template without a text part gets the digest's.

        Raises TemplateError with file and line.
        """
        names = [f"{template}/issue.{part}", *(["digest/issue.txt"] if part == "txt" else [])]
        return self._render(template, names, part, context)

    def render_page(self, template: str, page: str, context: Mapping[str, Any]) -> str:
        """Render a `page` of the web (``page`` or ``archive``): that of `template`, else the one that extends any.

        Raises TemplateError with file and line.
        """
        names = [f"{template}/{page}.html", f"web/{page}.html"]
        return self._render(template, names, "html", {**context, "issue_template": f"{template}/issue.html"})

    def _render(self, template: str, names: list[str], part: str, context: Mapping[str, Any]) -> str:
        try:
            chosen = self._environment.select_template(names)
            if self._paths[str(chosen.name)].is_relative_to(self._own):
                self._check_blocks(str(chosen.name))
            rendered = chosen.render(context)
        except jinja2.TemplateNotFound as error:
            raise self._not_found(template, error) from error
        except jinja2.TemplateSyntaxError as error:
            place = f"{error.filename or error.name}:{error.lineno}"
            raise TemplateError(str(error.message), place=place, hint="fix the template") from error
        except TemplateError:
            raise
        except Exception as error:
            place = self._place(error)
            if not place:
                raise
            raise TemplateError(_describe(error), place=place, hint=_GUIDE) from error
        if _is_empty(rendered, part):
            raise TemplateError("the template renders nothing", place=str(chosen.filename), hint=_GUIDE)
        return rendered

    def constants(self, template: str) -> Mapping[str, Any]:
        """Return the constants that a template sets with ``{% set name = … %}``, and those of what it extends.

        Read without rendering it: they say what is to be made for it, such as the sizes of pictures.
        """
        found: dict[str, Any] = {}
        seen: set[str] = set()
        name: Any = f"{template}/issue.html"
        while name not in seen and (loaded := self._load(name)):
            seen.add(name)
            try:
                tree = self._environment.parse(loaded[0], name, loaded[1])
            except jinja2.TemplateSyntaxError:  # rendering names its line
                break
            for step in tree.iter_child_nodes():
                if isinstance(step, jinja2.nodes.Assign) and isinstance(step.target, jinja2.nodes.Name):
                    with suppress(jinja2.nodes.Impossible):
                        found.setdefault(step.target.name, step.node.as_const())  # type: ignore[attr-defined]
            extends = tree.find(jinja2.nodes.Extends)
            name = extends.template.value if extends and isinstance(extends.template, jinja2.nodes.Const) else ""
        return found

    def _check_blocks(self, name: str, below: tuple[str, ...] = ()) -> frozenset[str] | None:
        """Return the blocks of a template and of those it extends, None for any; refuse one that would not be shown.

        Jinja ignores a block that the extended template does not have. `below` are the names of
        the templates that extend this one.
        """
        found = self._load(name)
        if found is None:
            raise jinja2.TemplateNotFound(name)
        source, path, _ = found
        tree = self._environment.parse(source, name, path)
        extends = tree.find(jinja2.nodes.Extends)
        blocks = frozenset(block.name for block in tree.find_all(jinja2.nodes.Block))
        if extends is None:
            return blocks
        if not isinstance(extends.template, jinja2.nodes.Const):
            return None  # which template it extends is known only when it is rendered
        extended = extends.template.value
        if self._load(extended) is None:
            raise self._no_file(extended, f"{path}:{extends.lineno}")
        if extended in (name, *below):
            hint = f'a shipped template is extended by its full name, as in "{_SHIPPED}digest/issue.html"'
            raise TemplateError(f"{extended} extends itself", place=f"{path}:{extends.lineno}", hint=hint)
        known = self._check_blocks(extended, (name, *below))
        for block in tree.iter_child_nodes():
            if known is not None and isinstance(block, jinja2.nodes.Block) and block.name not in known:
                message = f"there is no block '{block.name}' in {extended}"
                hint = f"there are: {', '.join(sorted(known))}"
                raise TemplateError(message, place=f"{path}:{block.lineno}", hint=hint)
        return None if known is None else blocks | known

    def names(self) -> tuple[str, ...]:
        """List the available templates, sorted."""
        folders = (self._own, shipped_templates())
        return tuple(sorted({path.parent.name for folder in folders for path in folder.glob("*/issue.html")}))

    def _load(self, name: str) -> tuple[str, str, Callable[[], bool]] | None:
        path = self._find(name)
        if path is None:
            return None
        try:
            source = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise TemplateError(f"cannot be read: {error}", place=str(path), hint="save it as UTF-8 text") from error
        self.digests[name] = hashlib.sha256(source.encode()).hexdigest()
        self._paths[name] = path
        if name.endswith(".html"):
            source = "\n".join(line.lstrip() for line in source.split("\n"))  # indentation is for readability only
        return source, str(path), lambda: True

    def _find(self, name: str) -> Path | None:
        """Find a file in the template folders; refuse a link that leads out of its folder."""
        inner = Path(name.removeprefix(_SHIPPED))
        if inner.is_absolute() or ".." in inner.parts:
            return None
        folders = [self._own] if not name.startswith(_SHIPPED) else []
        for folder in (*folders, shipped_templates()):
            path = folder / inner
            if path.is_file():
                if folder == self._own and not path.resolve().is_relative_to(folder):
                    hint = "put the file itself there: templates outside the project are not read"
                    raise TemplateError(f"leads out of {folder}", place=str(path), hint=hint)
                return path
        return None

    def _not_found(self, template: str, error: jinja2.TemplateNotFound) -> TemplateError:
        """Return the error for a missing template, or for a missing file that a template refers to."""
        if place := self._place(error):
            return self._no_file(str(error.name), place)
        hint = f"there are: {', '.join(self.names())}; a project's own are in {self._own}"
        return TemplateError(f"there is no template '{template}'", hint=hint)

    def _no_file(self, name: str, place: str) -> TemplateError:
        hint = f"there are: {', '.join(self._files())}; a project's own are in {self._own}"
        return TemplateError(f"there is no template file '{name}'", place=place, hint=hint)

    def _files(self) -> list[str]:
        """List the files that a template may name, those of the project first."""
        places = ((self._own, ""), (shipped_templates(), _SHIPPED))
        return [
            start + path.relative_to(folder).as_posix()
            for folder, start in places
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        ]

    def _place(self, error: BaseException) -> str:
        """Find the line of a template on which `error` happened: Jinja puts template files into tracebacks.

        A line of the project takes precedence over one of a shipped file that it calls: there a person can fix it.
        """
        files = set(map(str, self._paths.values()))
        steps = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
        steps = [step for step in steps if step[0] in files]
        own = [step for step in steps if Path(step[0]).is_relative_to(self._own)]
        return ":".join(map(str, (own or steps)[-1])) if steps else ""
