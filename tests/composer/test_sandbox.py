"""Templates come with a project folder, from whoever made it: they see what they are given, and nothing else."""

import os
from pathlib import Path

import pytest

from newsletter.errors import TemplateError
from tests.composer.samples import article, composed, config, own
from tests.conftest import Project


@pytest.mark.parametrize(
    "expression",
    [
        "''.__class__.__mro__",
        "''.__class__.__mro__[1].__subclasses__()",
        "cycler.__init__.__globals__.os.popen('touch owned').read()",
        "joiner.__init__.__globals__['os'].system('touch owned')",
        "namespace.__init__.__globals__",
        "lipsum.__globals__['os']",
        "range.__self__",
        "self.__init__.__globals__",
        "self._TemplateReference__context.environment",
        "lead.__init__.__globals__",
        "lead.__class__.__init__",
        "words.__class__",
        "theme.__dataclass_fields__",
        "lead['__class__']",
        "(lead | attr('__class__')).__mro__",
        "'{0.__class__.__mro__}'.format('')",
        "'{x.__init__.__globals__}'.format_map({'x': cycler})",
        "('{0.__class__}' | safe).format('')",
        "'%s'.__mod__(1)",
        "[lead] | map(attribute='__class__') | first",
        "([lead] | groupby('__class__') | first).grouper",
        "range(10**9) | list",
        "(1).real.__class__",
        "''['__class__']",
        "merge['__class__'].__class__",
        "(''.join).__self__",
        "loop.__init__",
        "request.application",
    ],
)
@pytest.mark.parametrize("part", ["html", "txt"])
def test_a_template_does_not_reach_python(tmp_path: Path, expression: str, part: str) -> None:
    """What tries to is a mistake in a template, with its file and line, and nothing happens."""
    parts = {"html": "<p>x</p>", part: "one\n{{ " + expression + " }}"}
    settings = config(tmp_path, compose=own(tmp_path, "mine", **parts))
    with pytest.raises(TemplateError) as caught:
        composed(article(), settings=settings)
    assert caught.value.place == f"{tmp_path / 'templates' / 'mine' / f'issue.{part}'}:2"
    assert not list(Path.cwd().glob("owned"))


def test_a_template_that_ends_the_program_s_safety_is_a_message(week: Project) -> None:
    """The whole command says file, line and what is wrong, with status 2."""
    html = '<html>\n{{ cycler.__init__.__globals__.os.popen("id > owned").read() }}</html>'
    own(week.root, "digest", html=html)
    done = week.run("compose", "--week", "--offline")
    assert done.status == 2
    assert "templates/digest/issue.html:2: SecurityError: access to attribute '__init__'" in done.stderr
    assert not (week.root / "owned").exists()


def test_what_templates_need_goes_on(tmp_path: Path) -> None:
    """Lists of a template's own, loops, formats and fields of any name work as before."""
    html = (
        "{% set found = [] %}{% for n in range(3) %}{% set _ = found.append(n) %}{% endfor %}"
        "<p>{{ found | join('-') }} {{ '%02d' | format(7) }} {{ '{:>3}'.format(5) }} {{ merge._odd }}"
        "{% set ns = namespace(n=1) %}{% set ns.n = ns.n + 1 %}{{ ns.n }}</p>"
    )
    composition = composed(article(), settings=config(tmp_path, compose=own(tmp_path, "mine", html=html)))
    assert "<p>0-1-2 07   5 %%html:_odd%%2</p>" in composition.message.html


@pytest.mark.parametrize("tag", ["include", "extends", "import"])
@pytest.mark.parametrize(
    "name",
    ["../secret.html", "mine/../../secret.html", "{root}/secret.html", "shipped/{root}/secret.html", "/etc/passwd"],
)
def test_no_template_lies_outside_its_folder(tmp_path: Path, tag: str, name: str) -> None:
    """Whatever a template asks for, by a way up or by a whole path, there is no such file."""
    (tmp_path / "secret.html").write_text("the secret")
    name = name.format(root=tmp_path)
    html = f'<p>x</p>\n{{% {tag} "{name}" {"as x " if tag == "import" else ""}%}}'
    with pytest.raises(TemplateError, match="there is no template file") as caught:
        composed(article(), settings=config(tmp_path, compose=own(tmp_path, "mine", html=html)))
    assert caught.value.place == f"{tmp_path / 'templates' / 'mine' / 'issue.html'}:2"


@pytest.mark.parametrize("kind", ["file", "folder", "relative", "chain"])
def test_no_link_leads_out_of_the_templates(tmp_path: Path, kind: str) -> None:
    """A link to what lies elsewhere is refused by name, so that no key of the user's comes into an email."""
    root, secret = tmp_path / "project", tmp_path / "home" / "secret.html"
    secret.parent.mkdir()
    secret.write_text("the secret")
    name = "mine/link.html" if kind != "folder" else "linked/secret.html"
    settings = config(root, compose=own(root, "mine", html=f'<p>x</p>{{% include "{name}" %}}'))
    link = root / "templates" / "mine" / "link.html"
    if kind == "folder":
        (root / "templates" / "linked").symlink_to(secret.parent)
    elif kind == "chain":
        (root / "templates" / "mine" / "other.html").symlink_to(secret)
        link.symlink_to("other.html")
    else:
        link.symlink_to(os.path.relpath(secret, link.parent) if kind == "relative" else secret)
    with pytest.raises(TemplateError, match="leads out of") as caught:
        composed(article(), settings=settings)
    assert caught.value.place == str(root / "templates" / name)
    assert caught.value.hint


def test_a_linked_folder_of_templates_is_refused(tmp_path: Path) -> None:
    """The whole folder may not be somewhere else either: it would make every file there a template."""
    root = tmp_path / "project"
    settings = config(root, compose=own(tmp_path, "mine", html="<p>x</p>"))
    root.mkdir()
    (root / "templates").symlink_to(tmp_path / "templates")
    with pytest.raises(TemplateError, match="leads out of"):
        composed(article(), settings=settings)


def test_a_link_within_the_templates_is_followed(tmp_path: Path) -> None:
    """One template may share a file with another."""
    settings = config(tmp_path, compose=own(tmp_path, "mine", html='{% include "mine/linked.html" %}'))
    (tmp_path / "templates" / "mine" / "real.html").write_text("<p>shared</p>")
    (tmp_path / "templates" / "mine" / "linked.html").symlink_to("real.html")
    assert "<p>shared</p>" in composed(article(), settings=settings).message.html
