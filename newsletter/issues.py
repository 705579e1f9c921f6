"""The issue folder ``issues/<id>/``: save it, load it, and detect changes since it was composed.

`issue.toml` is for people and may be edited; `build.json` is for the program and has the digests of all other files.
An edited `issue.toml` takes effect with the next compose; until then the issue differs from `build.json`.
`build.json` is written last: a folder whose files it does not name was not composed completely.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from itertools import count
from pathlib import Path

from newsletter.build import OUTLINE, ArticleRecord, Build, NewerError, SelectionRecord, build_document, parse_build
from newsletter.documents import dump
from newsletter.errors import IssueError, NewsletterError, NothingToDoError, UsageError
from newsletter.files import Folder, open_folder
from newsletter.models import Finding, Message, Outline, OutlineEntry, Period
from newsletter.toml_binding import MOST_BYTES, parse_tables

__all__ = [
    "BUILD",
    "DRY_RUN",
    "DRY_RUN_SUMMARY",
    "OUTLINE",
    "PAGE",
    "Issue",
    "check_issue_id",
    "find_issue",
    "is_issue_id",
    "issue_id",
    "issue_ids",
    "keep_outline",
    "load_build",
    "load_builds",
    "load_issue",
    "load_outline",
    "newest_issue",
    "no_issue",
    "read_outline",
    "save_issue",
    "save_outline",
]

BUILD = "build.json"
PAGE = "preview.html"
DRY_RUN = "dry-run"
DRY_RUN_SUMMARY = "summary.json"  # the only file in that folder without personal data


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An issue as it is on disk.

    `build` is the content of build.json; `changed` names the files that differ from it.
    """

    id: str
    directory: Path
    message: Message
    build: Build = field(repr=False)
    changed: tuple[str, ...] = ()

    @property
    def outline(self) -> Outline:
        """Return the outline that the issue was composed from."""
        return self.build.outline

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return the findings of the checks when it was composed."""
        return self.build.findings

    @property
    def digest(self) -> str:
        """Return the SHA-256 of what is sent: subject, both parts, pictures."""
        return self.build.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class _OutlineFile:
    subject: str
    preheader: str = ""
    intro: str = ""
    articles: tuple[OutlineEntry, ...] = ()


def check_issue_id(name: str) -> str:
    """Return `name` if it is a valid issue id: a folder name of ASCII letters, digits, ``.``, ``_`` and ``-``."""
    if is_issue_id(name):
        return name
    raise UsageError(f"{name!r} cannot name an issue", hint="use letters, digits, '.', '_' and '-', like 2025-W20")


def is_issue_id(name: str) -> bool:
    """Return whether `name` is a valid issue id."""
    plain = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name)
    return plain is not None and not name.endswith((".", ".sqlite3", ".md"))


def issue_id(slug: str, period: Period) -> str:
    """Return the default issue id of a period."""
    return f"{slug}-{period.label}" if slug else period.label


def load_builds(folder: Path) -> tuple[dict[str, Build], tuple[NewsletterError, ...]]:
    """Read the build.json of every issue below `folder`, sorted by the end of their period.

    Return those that cannot be read as errors, so that one damaged issue does not affect the others.
    """
    builds, damaged = {}, []
    for path in folder.glob(f"*/{BUILD}"):
        if not is_issue_id(path.parent.name):
            continue
        try:
            builds[path.parent.name] = load_build(path.parent)
        except NewsletterError as error:
            damaged.append(error)
    ordered = sorted(builds.items(), key=lambda item: (item[1].outline.period.end, item[0]))
    return dict(ordered), tuple(sorted(damaged, key=str))


def issue_ids(folder: Path, slug: str) -> tuple[str, ...]:
    """List a newsletter's composed issues below `folder`, the earliest period first; damaged ones are skipped."""
    return tuple(name for name, build in load_builds(folder)[0].items() if build.belongs_to(slug))


def newest_issue(folder: Path, slug: str) -> str:
    """Return a newsletter's issue with the latest period; raise `no_issue` if there is none."""
    ids = issue_ids(folder, slug)
    if not ids:
        raise no_issue(folder)
    return ids[-1]


def no_issue(folder: Path) -> NewsletterError:
    """Return the error for a newsletter without issues: what is wrong with one that cannot be read, if any."""
    _, damaged = load_builds(folder)
    nothing = NothingToDoError("there is no issue yet", hint="compose one: newsletter compose --week")
    return damaged[0] if damaged else nothing


def find_issue(folder: Path, name: str) -> Issue:
    """Load the issue called `name`; UsageError if that is not a valid name."""
    return load_issue(folder / check_issue_id(name))


def load_build(directory: Path) -> Build:
    """Read ``build.json``; NothingToDoError if there is no such issue, IssueError if the file is invalid."""
    with _opened(directory) as folder:
        return _load_build(folder)


@contextmanager
def _opened(directory: Path) -> Iterator[Folder]:
    try:
        with open_folder(directory) as folder:
            yield folder
    except (FileNotFoundError, NotADirectoryError):
        hint = "'newsletter compose' makes issues; their names are those of the folders below issues/"
        raise NothingToDoError(f"there is no issue {directory.name!r}", hint=hint) from None


def _load_build(folder: Folder) -> Build:
    """Read the ``build.json`` in an open folder; FileNotFoundError if the folder has no issue."""
    name, place = folder.path.name, str(folder.path / BUILD)
    try:
        return parse_build(name, folder.read(BUILD))
    except FileNotFoundError:
        if folder.stat(OUTLINE) is None:
            raise
        raise IssueError(f"{name} was not composed completely", place=place, hint="compose it again") from None
    except NewerError:
        hint = "update newsletter-compiler"
        raise IssueError("was written by a newer version", place=place, hint=hint) from None
    except ValueError as error:
        raise IssueError(f"is damaged: {error}", place=place, hint="compose the issue again") from error


def read_outline(directory: Path) -> bytes | None:
    """Read ``issue.toml`` unparsed; None if it is missing."""
    try:
        with open_folder(directory) as folder:
            return folder.read(OUTLINE, MOST_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return None


def keep_outline(directory: Path, content: bytes) -> None:
    """Copy ``issue.toml`` to ``.bak``, then ``.bak2`` and so on; no copy replaces another."""
    with open_folder(directory) as folder:
        names = (f"{OUTLINE}.bak{number if number > 1 else ''}" for number in count(1))
        folder.write(next(name for name in names if folder.stat(name) is None), content)


def load_outline(directory: Path, period: Period) -> Outline:
    """Read ``issue.toml``, including a person's edits; ConfigError names the line of an error."""
    with open_folder(directory) as folder:
        tables, reader = parse_tables(directory / OUTLINE, folder.read(OUTLINE, MOST_BYTES))
    edited: _OutlineFile = reader.build(_OutlineFile, tables, ())
    keys = [entry.key for entry in edited.articles]
    for index, key in enumerate(keys):
        if key in keys[:index]:
            reader.fail(f"the article {key!r} is listed twice", ("articles", str(index), "key"), "remove one of them")
    return Outline(
        issue=directory.name,
        period=period,
        subject=edited.subject,
        preheader=edited.preheader,
        intro=edited.intro,
        entries=edited.articles,
    )


def save_outline(directory: Path, outline: Outline, titles: Mapping[str, str]) -> None:
    """Write ``issue.toml`` for a person to edit; `titles` (key to title) become comments."""
    lines = [_OUTLINE_HEAD]
    lines += [f"{name} = {_toml(getattr(outline, name))}" for name in ("subject", "preheader", "intro")]
    for entry in outline.entries:
        lines += ["", "[[articles]]", f"key = {_toml(entry.key)}"]
        edits = {name: value for name, value in asdict(entry).items() if name != "key" and value is not None}
        lines += [f"{name} = {_toml(value)}" for name, value in edits.items()]
        if entry.title is None:
            lines += [f"# title = {_toml(' '.join(titles.get(entry.key, '').split()))}"]
    with open_folder(directory, make=True) as folder:
        folder.write(OUTLINE, "\n".join(lines) + "\n")


def load_issue(directory: Path) -> Issue:
    """Read a composed issue; `changed` names the files that are missing or differ from build.json."""
    with _opened(directory) as folder:
        build = _load_build(folder)
        found = {name: _read(folder, name) for name in build.files}
    message = _message(build, found)
    changed = tuple(name for name, digest in build.files.items() if _sha256(found[name]) != digest)
    if not changed and message_digest(message) != build.digest:
        changed = (BUILD,)
    return Issue(id=directory.name, directory=directory, message=message, build=build, changed=changed)


def save_issue(
    directory: Path,
    outline: Outline,
    message: Message,
    eml: bytes,
    page: str,
    *,
    findings: Iterable[Finding],
    choice: SelectionRecord,
    templates: Mapping[str, str],
    articles: Iterable[ArticleRecord],
) -> Issue:
    """Write a composed issue beside its ``issue.toml``, build.json last, and return it as it is on disk.

    `page` is ``preview.html``, for a browser; nothing depends on it, so build.json does not name it.
    """
    contents = {f"images/{image.filename}": image.content for image in message.images}
    contents |= {"email.html": message.html.encode(), "email.txt": message.text.encode(), "email.eml": eml}
    with open_folder(directory, make=True) as folder:
        former = _former_images(folder)
        for name, content in (contents | {PAGE: page.encode()}).items():
            folder.write(name, content)
        contents[OUTLINE] = _read(folder, OUTLINE)
        build = Build(
            outline=outline,
            choice=choice,
            subject=message.subject,
            images=message.images,
            digest=message_digest(message),
            findings=tuple(findings),
            files={name: _sha256(content) for name, content in sorted(contents.items())},
            templates=templates,
            articles=tuple(articles),
        )
        folder.write(BUILD, dump(build_document(build)))
        for name in former - contents.keys():
            folder.remove(name)
        _sweep(folder, {*former, *contents, PAGE, BUILD})
    return load_issue(directory)


def _sweep(folder: Folder, names: set[str]) -> None:
    """Remove what a killed run left of these files; no other run writes here at the same time."""
    folder.sweep(names)
    with suppress(FileNotFoundError), folder.folder("images") as images:
        images.sweep(name.removeprefix("images/") for name in names)


def _former_images(folder: Folder) -> set[str]:
    """Return the pictures that the last compose wrote; the program removes nothing else in ``images/``."""
    with suppress(NewsletterError, FileNotFoundError):
        return {name for name in _load_build(folder).files if name.startswith("images/")}
    return set()


def message_digest(message: Message) -> str:
    """Return the SHA-256, in hexadecimal, of everything that is the same for all recipients."""
    digest = hashlib.sha256()
    parts = [message.subject.encode(), message.html.encode(), message.text.encode()]
    for image in message.images:
        parts += [image.cid.encode(), image.filename.encode(), image.mime_type.encode(), image.content]
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _message(build: Build, found: Mapping[str, bytes]) -> Message:
    return Message(
        subject=build.subject,
        html=found["email.html"].decode(errors="replace"),
        text=found["email.txt"].decode(errors="replace"),
        images=tuple(replace(image, content=found[f"images/{image.filename}"]) for image in build.images),
    )


def _read(folder: Folder, name: str) -> bytes:
    """Read a file of an issue; a missing one is read as empty, and so as changed."""
    try:
        return folder.read(name)
    except (FileNotFoundError, NotADirectoryError):
        return b""


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _toml(value: str | bool) -> str:
    """Return text or a Boolean as TOML, whose basic strings accept all of JSON's escapes."""
    if isinstance(value, str) and "\n" in value:
        return '"""\n' + "\n".join(_toml(line)[1:-1] for line in value.split("\n")) + '"""'
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


_OUTLINE_HEAD = """\
# Edit this issue here: texts, the order of the articles, their titles and summaries. Remove a '#' and change the
# value, delete or move whole [[articles]] blocks, add 'featured = true' or 'summary = "..."'.
# Then run 'newsletter compose' again with the same options: the issue is rendered from this file.
"""
