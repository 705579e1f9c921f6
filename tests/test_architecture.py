"""The house as docs/concepts/architecture.md draws it, read from the imports themselves."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "newsletter"
WINGS = {"app", "site", "selector", "composer", "sender", "providers", "preview"}
CONTRACT = {f"newsletter.sender.{module}" for module in ("envelope", "provider", "recipients", "status")}
NETWORK = {"sendgrid", "python_http_client", "requests", "urllib", "http", "socket", "ssl"}
NETWORK_ROOMS = {"providers/sendgrid/client.py", "composer/fetch.py"}
CLOCKS = {("datetime", "now"), ("datetime", "today"), ("date", "today"), ("time", "time")}


def modules() -> list[Path]:
    """List the package's files."""
    return sorted(PACKAGE.rglob("*.py"))


def name(path: Path) -> str:
    """Give a file's path inside the package."""
    return path.relative_to(PACKAGE).as_posix()


def imports(path: Path) -> set[str]:
    """Collect the dotted names that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def wing(dotted: str) -> str:
    """Name the room of an imported name: a wing, ``cli``, ``hall``, or "" for other packages."""
    parts = dotted.split(".")
    if parts[0] != "newsletter":
        return ""
    return parts[1] if len(parts) > 1 and parts[1] in WINGS | {"cli"} else "hall"


@pytest.mark.parametrize("path", modules(), ids=name)
def test_arrows_go_down_only(path: Path) -> None:
    """A package imports itself and shared modules; `app` imports all but `cli`, a provider the sender's contract."""
    room = name(path).split("/")[0]
    if room in ("cli", "__main__.py"):
        return
    allowed = {"hall", room} if room in WINGS else {"hall"}
    if room in ("app", "preview"):
        allowed = WINGS | {"hall"}
    found = {dotted for dotted in imports(path) if room != "providers" or not _is_contract(dotted)}
    assert {wing(dotted) for dotted in found} - {""} <= allowed


def _is_contract(dotted: str) -> bool:
    """Return whether an imported name is of the contract between the sender and its providers."""
    return dotted in CONTRACT or dotted.rpartition(".")[0] in CONTRACT


@pytest.mark.parametrize("path", modules(), ids=name)
def test_only_the_front_door_knows_the_terminal(path: Path) -> None:
    """Only cli/ imports click and rich."""
    known = {dotted.split(".")[0] for dotted in imports(path)} & {"click", "rich"}
    assert not known or name(path).startswith("cli/")


@pytest.mark.parametrize("path", modules(), ids=name)
def test_only_two_rooms_touch_the_network(path: Path) -> None:
    """Nothing but SendGrid's client and the picture fetcher imports what opens connections."""
    harmless = ("urllib.parse", "http.HTTPStatus")
    used = {dotted.split(".")[0] for dotted in imports(path) if not dotted.startswith(harmless)} & NETWORK
    assert not used or name(path) in NETWORK_ROOMS


@pytest.mark.parametrize("path", modules(), ids=name)
def test_only_the_front_door_reads_the_clock(path: Path) -> None:
    """The time that decides comes from cli/; deadlines elsewhere use the monotonic clock."""
    calls = {
        (node.func.value.id, node.func.attr)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
    }
    assert not calls & CLOCKS or name(path).startswith("cli/")


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
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if all(isinstance(node, ast.Expr) for node in tree.body):
        return
    defined = {name for node in tree.body for name in _defined(node)}
    exported = [node.value for node in tree.body if isinstance(node, ast.Assign) and "__all__" in _defined(node)]
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
    "providers/__init__.py": "the line that registers it",
    "starter/env.example": "a person writes the key there",
}
"""The files outside its package that may name SendGrid, beside the help of commands."""


def test_sendgrid_is_named_in_its_package_alone() -> None:
    """Nothing else knows it by name, but for what a person reads in ``--help``."""
    files = [path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    others = [path for path in files if not name(path).startswith("providers/sendgrid/")]
    assert len(others) < len(files)
    naming = {name(path): _without_help(path).lower().count("sendgrid") for path in others}
    assert {file: number for file, number in naming.items() if number and file not in MENTIONS} == {}
    assert naming["providers/__init__.py"] == 1


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
