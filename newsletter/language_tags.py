"""Compare language tags regardless of case and separators: ``pt-BR`` is ``pt_br``."""

__all__ = ["normal_tag", "same_language", "split_tag"]


def split_tag(tag: str) -> list[str]:
    """Split a tag into its parts in lower case, the language itself first: ``zh-Hans`` is ``zh`` and ``hans``."""
    return normal_tag(tag).lower().split("-")


def normal_tag(tag: str) -> str:
    """Return a tag with hyphens, as HTML requires."""
    return tag.replace("_", "-")


def same_language(one: str, other: str) -> bool:
    """Return whether two tags mean one language: ``en`` is also ``en-GB``, but ``pt-BR`` is not ``pt-PT``."""
    first, second = split_tag(one), split_tag(other)
    return first == second or (first[0] == second[0] and 1 in (len(first), len(second)))
