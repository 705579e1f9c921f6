"""Replace the {fields} of texts in the configuration."""

import re
from collections.abc import Mapping

from newsletter.config import Config
from newsletter.errors import ConfigError

__all__ = ["fill"]

_FIELD = re.compile(r"(?<!\{)\{([^{}]*)\}(?!\})")  # ``{{ merge.first_name }}`` is replaced later, for each recipient


def fill(key: str, pattern: str, fields: Mapping[str, str], config: Config) -> str:
    """Replace `fields` in the `pattern` of `key` in [compose]; ConfigError for one that does not exist."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in fields:
            known = ", ".join(f"{{{name}}}" for name in fields)
            message = f"compose.{key}: there is no field {match[0]}"
            raise ConfigError(message, place=str(config.path), hint=f"there are: {known}")
        return fields[match[1]]

    return _FIELD.sub(value, pattern)
