"""Write raised and lowered signs in plain text: 10⁶ is not 106."""

__all__ = ["lowered", "raised"]

_RAISED = dict(zip("0123456789+-−=()nix", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱˣ", strict=True))  # noqa: RUF001 - a minus is one of them
_LOWERED = dict(zip("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎", strict=True))  # noqa: RUF001
_WHOLE = {"TM": "™", "tm": "™", "SM": "℠"}


def raised(text: str) -> str:
    """Return a superscript as plain text: ``⁶``, ``^(2k)``; words (1st, Mme) and notes in brackets stay as they are."""
    return _written(text, _RAISED, "^")


def lowered(text: str) -> str:
    """Return a subscript as plain text: ``₂``, ``_(i,j)``; words stay as they are."""
    return _written(text, _LOWERED, "_")


def _written(text: str, signs: dict[str, str], mark: str) -> str:
    inner = text.strip()
    if not inner or inner[0] in "[*†‡" or inner in _WHOLE:
        return _WHOLE.get(inner, text)
    if all(char in signs for char in inner):
        return "".join(signs[char] for char in inner)
    if inner.isalpha() and (len(inner) > 1 or mark == "_"):
        return text
    return mark + (inner if len(inner) == 1 or inner.isdigit() else f"({inner})")
