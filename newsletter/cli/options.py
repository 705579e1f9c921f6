"""The options that several commands share: the period and the filters."""

import functools
from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar, cast

import click

from newsletter.app.options import FilterOptions, PeriodOptions
from newsletter.settings import category_problem

__all__ = ["FilterOptions", "PeriodOptions", "filter_options", "json_option", "period_options", "where_option"]

Command = TypeVar("Command", bound=Callable[..., Any])


def _bundle(name: str, kind: type[Any], options: list[Callable[..., Any]]) -> Callable[[Command], Command]:
    """Return a decorator that adds `options` to a command, which receives them as one `kind` named `name`."""

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def call(*args: Any, **values: Any) -> Any:
            bundle = kind(**{f.name: values.pop(f.name) for f in fields(kind)})
            return command(*args, **{name: bundle}, **values)

        bundled: Callable[..., Any] = call

        for option in reversed(options):
            bundled = option(bundled)
        return cast("Command", bundled)

    return decorate


def _day(name: str, metavar: str, default: str, text: str) -> Callable[..., Any]:
    """Return an option whose value is optional."""
    return click.option(name, metavar=metavar, is_flag=False, flag_value=default, default=None, help=text)


def _check_categories(context: click.Context, option: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse an empty name, such as an unset shell variable: it would not filter at all."""
    for name in names:
        if problem := category_problem(name):
            raise click.BadParameter(f"{name!r} {problem}")
    return _check_text(names)


def _check_names(context: click.Context, option: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse an empty name likewise."""
    if not all(map(str.strip, names)):
        raise click.BadParameter("an empty name matches nothing")
    return _check_text(names)


def _check_text(names: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse bytes that are not UTF-8, which Python reads as surrogates: no file can contain them."""
    for name in names:
        if any("\ud800" <= character <= "\udfff" for character in name):
            raise click.BadParameter(f"{name!a} is not UTF-8 text")
    return names


period_options = _bundle(
    "asked",
    PeriodOptions,
    [
        _day(
            "--week",
            "[WEEK]",
            "last",
            "Week: last (latest complete week; the default), this, 2025-W20, or a date in it.",
        ),
        _day("--day", "[DAY]", "yesterday", "Day: yesterday (the default), today or 2025-05-15."),
        _day("--month", "[MONTH]", "last", "Month: last (the default), this or 2025-05."),
        click.option("--last", metavar="SPAN", help="Period ending now, e.g. 7d, 2w or 36h."),
        click.option("--since", metavar="DATE", help="First day of the period."),
        click.option("--until", metavar="DATE", help="Last day (inclusive); requires --since."),
        click.option(
            "--since-last", is_flag=True, help="Period from the end of the last submitted issue's period to now."
        ),
    ],
)
"""Add the options of a period; the command gets them as `asked`, a PeriodOptions."""

filter_options = _bundle(
    "narrowed",
    FilterOptions,
    [
        click.option(
            "--category",
            metavar="NAME",
            multiple=True,
            callback=_check_categories,
            help="Include only this category (slug or label); repeatable.",
        ),
        click.option(
            "--exclude-category",
            metavar="NAME",
            multiple=True,
            callback=_check_categories,
            help="Leave out this category; repeatable.",
        ),
        click.option(
            "--source",
            metavar="NAME",
            multiple=True,
            callback=_check_names,
            help="Include only this source; repeatable.",
        ),
        click.option(
            "--limit", metavar="N", type=click.IntRange(min=0), help="Maximum number of articles (0 = no limit)."
        ),
        click.option(
            "--include",
            metavar="KEY",
            multiple=True,
            callback=_check_names,
            help="Include this article (key or path) regardless of filters; repeatable.",
        ),
        click.option(
            "--exclude",
            metavar="KEY",
            multiple=True,
            callback=_check_names,
            help="Leave out this article (key or path); repeatable.",
        ),
    ],
)
"""Add the filters, repeatable where that makes sense; the command gets them as `narrowed`, a FilterOptions."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")

where_option = click.option(
    "--where",
    metavar="COLUMN=VALUE",
    multiple=True,
    help="Only recipients with this value; repeatable: any value of one column, all of several columns.",
)
