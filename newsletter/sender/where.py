"""Choose an audience out of a recipients file by what its columns say: ``--where plan=paid``."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from newsletter.errors import UsageError

__all__ = ["EVERYBODY", "Where", "parse_where"]


@dataclass(frozen=True, slots=True)
class Where:
    """The values that columns must have: of one column any of them, of several columns each; sorted, each once.

    Values are compared as they are written, columns regardless of case; an empty value means that there is none.
    """

    conditions: tuple[tuple[str, str], ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """Return the columns that the recipients file must have."""
        return frozenset(column for column, _ in self.conditions)

    @property
    def texts(self) -> tuple[str, ...]:
        """Return the conditions as they are typed."""
        return tuple(f"{column}={value}" for column, value in self.conditions)

    def spelled(self, names: Collection[str]) -> "Where":
        """Return the same with columns as `names` spell them, where these have one of that name in any case."""
        known = {name.casefold(): name for name in names}
        return Where(tuple((known.get(column.casefold(), column), value) for column, value in self.conditions))

    def admits(self, email: str, values: Mapping[str, str]) -> bool:
        """Return whether somebody with these values, of which none is empty, is in the audience."""
        own = {**values, "email": email}
        return all((column, own.get(column, "")) in self.conditions for column in self.columns)


EVERYBODY = Where()
"""No condition."""


def parse_where(texts: Iterable[str]) -> Where:
    """Read conditions such as ``plan=paid``; UsageError for anything else."""
    found: set[tuple[str, str]] = set()
    for text in texts:
        column, equals, value = (part.strip() for part in text.partition("="))
        if not column or not equals:
            raise UsageError(
                f"--where: {text[:60]!r} is not like plan=paid", hint="write COLUMN=VALUE, with one sign ="
            )
        found.add(("email" if column.casefold() == "email" else column, value))
    return Where(tuple(sorted(found)))
