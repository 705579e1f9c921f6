"""The bytes of pictures on their way into a message."""

from dataclasses import dataclass, field

__all__ = ["Material"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """The bytes of one picture that is to be embedded, or the `problem` that keeps them away."""

    content: bytes = field(default=b"", repr=False)
    problem: str = ""
