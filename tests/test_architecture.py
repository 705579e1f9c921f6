"""The packages as docs/concepts/architecture.md draws them, read from the imports themselves."""

import ast
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "newsletter"
MIDDLE = {"site", "selector", "composer", "sender", "providers"}
FRONT_ENDS = {"cli", "preview", "__main__.py"}
NETWORK = {"dns", "sendgrid", "python_http_client", "requests", "urllib", "http", "socket", "ssl"}
NETWORK_MODULES = {
    "providers/sendgrid/client.py",
    "providers/sendgrid_marketing/upload.py",
    "composer/fetch.py",
    "site/ask.py",
    "app/doctor/lookup.py",
    "preview/server.py",
}
FAILURES = {"providers/sendgrid/failures.py"}  # knows the errors of the network by their types, and opens nothing
CONTRACT = {
    f"newsletter.sender.{module}" for module in ("campaign", "contacts", "envelope", "provider", "recipients", "status")
}
CLOCKS = {("datetime", "now"), ("datetime", "today"), ("date", "today"), ("time", "time")}


def modules() -> list[Path]:
    """List the package's files."""
    return sorted(PACKAGE.rglob("*.py"))


def name(path: Path) -> str:
    """Return a file's path inside the package."""
    return path.relative_to(PACKAGE).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    """Parse a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path) -> set[str]:
    """Collect the dotted names that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def package(dotted: str) -> str:
    """Return the package of an imported name: ``shared`` for the modules beside them, "" for other libraries."""
    parts = dotted.split(".")
    if parts[0] != "newsletter":
        return ""
    return parts[1] if len(parts) > 1 and parts[1] in MIDDLE | FRONT_ENDS | {"app"} else "shared"


def allowed(importer: str) -> set[str]:
    """Return the packages that a file of the package `importer` may import: cli, app, the middle, shared, downwards."""
    if importer in FRONT_ENDS:
        return MIDDLE | FRONT_ENDS | {"app", "shared"}
    if importer == "app":
        return MIDDLE | {"app", "shared"}
    return {importer, "shared"} if importer in MIDDLE else {"shared"}


@pytest.mark.parametrize("path", modules(), ids=name)
def test_imports_go_down_only(path: Path) -> None:
    """Cli imports app, app the packages of the work, these the shared modules; only providers imports another one."""
    importer = name(path).split("/")[0]
    found = {dotted for dotted in imports(path) if importer != "providers" or not _is_contract(dotted)}
    assert {package(dotted) for dotted in found} - {""} <= allowed(importer)


def _is_contract(dotted: str) -> bool:
    """Return whether an imported name is of the contract between the sender and its providers."""
    return dotted in CONTRACT or dotted.rpartition(".")[0] in CONTRACT


@pytest.mark.parametrize("path", modules(), ids=name)
def test_only_the_command_line_knows_the_terminal(path: Path) -> None:
    """Only cli/ imports click and rich."""
    known = {dotted.split(".")[0] for dotted in imports(path)} & {"click", "rich"}
    assert not known or name(path).startswith("cli/")


PRINTING = {"print", "input", "rich", "warnings.warn"} | {
    f"click.{name}" for name in ("echo", "secho", "confirm", "prompt")
}
PRINTING |= {
    "sys.stdout",
    "sys.stderr",
    "sys.__stdout__",
    "sys.__stderr__",
    "click.progressbar",
    "click.echo_via_pager",
}


@pytest.mark.parametrize("path", modules(), ids=name)
def test_only_one_module_prints(path: Path) -> None:
    """Foreign text is cleaned where it is printed, and that is cli/output.py alone; a decoder's stdout is a pipe."""
    parsed = tree(path)
    names = {node.id for node in ast.walk(parsed) if isinstance(node, ast.Name)}
    attributes = {ast.unparse(node) for node in ast.walk(parsed) if isinstance(node, ast.Attribute)}
    used = names | attributes | imports(path) | {dotted.split(".")[0] for dotted in imports(path)}
    allowed = {"cli/output.py": PRINTING, "composer/decoder.py": {"sys.stdout"}}.get(name(path), set())
    assert not used & PRINTING - allowed


@pytest.mark.parametrize("path", modules(), ids=name)
def test_only_named_modules_use_the_network(path: Path) -> None:
    """Only the provider, the picture fetcher, the link check, doctor's look-ups and the preview's server do."""
    harmless = ("urllib.parse", "http.HTTPStatus")
    used = {dotted.split(".")[0] for dotted in imports(path) if not dotted.startswith(harmless)} & NETWORK
    assert not used or name(path) in NETWORK_MODULES | FAILURES


@pytest.mark.parametrize("path", modules(), ids=name)
def test_only_the_command_line_reads_the_clock(path: Path) -> None:
    """The time that decides comes from cli/; deadlines elsewhere use the monotonic clock."""
    calls = {
        (node.func.value.id, node.func.attr)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
    }
    assert not calls & CLOCKS or name(path).startswith("cli/")


@pytest.mark.parametrize("path", modules(), ids=name)
def test_only_the_command_line_prints(path: Path) -> None:
    """The other packages return what they found, or report it through an events object."""
    calls = {
        node.func.id for node in ast.walk(tree(path)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert "print" not in calls


def test_there_is_no_circle() -> None:
    """No file imports itself, however long the way round."""
    known = {f"newsletter.{name(path)[:-3].replace('/', '.')}".removesuffix(".__init__"): path for path in modules()}
    graph = {
        module: {target for dotted in imports(path) if (target := _module(dotted, known)) and target != module}
        for module, path in known.items()
    }
    while leaves := {module for module, targets in graph.items() if not targets & graph.keys()}:
        graph = {module: targets for module, targets in graph.items() if module not in leaves}
    assert not graph


def _module(dotted: str, known: dict[str, Path]) -> str | None:
    while dotted and dotted not in known:
        dotted = dotted.rpartition(".")[0]
    return dotted or None


@pytest.mark.parametrize("path", modules(), ids=name)
def test_every_public_name_is_declared(path: Path) -> None:
    """Every module with definitions says in ``__all__`` which of them are for others, and has them."""
    parsed = tree(path)
    if all(isinstance(node, ast.Expr) for node in parsed.body):
        return
    defined = {name for node in parsed.body for name in _defined(node)}
    exported = [node.value for node in parsed.body if isinstance(node, ast.Assign) and "__all__" in _defined(node)]
    assert len(exported) == 1
    assert set(ast.literal_eval(exported[0])) <= defined


def _defined(node: ast.stmt) -> set[str]:
    """Collect the names that a statement of a module gives to it."""
    match node:
        case ast.FunctionDef() | ast.ClassDef():
            return {node.name}
        case ast.Assign():
            return {target.id for target in node.targets if isinstance(target, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
        case ast.ImportFrom():
            return {alias.asname or alias.name for alias in node.names}
    return set()


MENTIONS = {
    "providers/__init__.py": "the lines that register its two packages",
    "starter/env.example": "a person writes the key there",
}
"""The files outside its package that may name SendGrid, beside the help of commands."""


def test_sendgrid_is_named_in_its_packages_alone() -> None:
    """Nothing else knows it by name, but for what a person reads in ``--help``."""
    files = [path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    others = [
        path for path in files if not name(path).startswith(("providers/sendgrid/", "providers/sendgrid_marketing/"))
    ]
    assert len(others) < len(files)
    naming = {name(path): _without_help(path).lower().count("sendgrid") for path in others}
    assert {file: number for file, number in naming.items() if number and file not in MENTIONS} == {}
    assert naming["providers/__init__.py"] == 2


def _without_help(path: Path) -> str:
    """Read a file; of a command's, leave out its own help and its options'."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if not name(path).startswith("cli/") or path.suffix != ".py":
        return text
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        for part in _help(node):
            lines[part.lineno - 1 : part.end_lineno] = [""] * ((part.end_lineno or part.lineno) - part.lineno + 1)
    return "\n".join(lines)


def _help(node: ast.AST) -> list[ast.expr]:
    """List the texts that click shows: the docstring of a command, and ``help`` of its decorators."""
    if not isinstance(node, ast.FunctionDef) or node.name != "command":
        return []
    calls = [each for each in node.decorator_list if isinstance(each, ast.Call)]
    options = [keyword.value for call in calls for keyword in call.keywords if keyword.arg == "help"]
    docstring = [node.body[0].value] if isinstance(node.body[0], ast.Expr) else []
    return [*docstring, *options]
