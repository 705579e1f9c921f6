"""SendGrid's key and host, from the environment or from ``.env``."""

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from newsletter.config import load_environment
from newsletter.errors import ConfigError

__all__ = ["Secrets", "load_secrets"]

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_HOST = "https://api.sendgrid.com"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """The values that may not be in `newsletter.toml`; the key is never shown in a representation."""

    api_key: str = dataclasses.field(repr=False)
    host: str = _HOST


def load_secrets(root: Path, environ: Mapping[str, str], *, proxy: str = "") -> Secrets:
    """Read the key and the host from the environment, else from ``.env`` in `root`.

    Raises ConfigError for a missing or malformed key, for a host that is neither https nor on loopback, and where the
    environment's key would go to a host that only a file names: that of ``.env``, or the `proxy` of newsletter.toml.
    """
    values = load_environment(root, environ)
    key = values.get("SENDGRID_API_KEY", "")
    if not key:
        raise ConfigError("SENDGRID_API_KEY is not set", hint=f"put it into the environment or into {root / '.env'}")
    if not re.fullmatch(r"[\x21-\x7e]+", key):
        hint = "copy the key again"
        raise ConfigError("SENDGRID_API_KEY contains white space, a control character or a non-ASCII letter", hint=hint)
    host = values.get("SENDGRID_HOST", _HOST).rstrip("/")
    if not _is_host(host):
        bare = _is_host(f"https://{host.removeprefix('http://')}")  # not shown, because it may be the key
        hint = "add https:// before it" if bare else f"write https:// and the host alone, as in {_HOST}"
        raise ConfigError("SENDGRID_HOST is not an https address of a host alone", hint=hint)
    if environ.get("SENDGRID_API_KEY"):
        _refuse_strangers(host, root / ".env", proxy, by_file=host != _HOST and not environ.get("SENDGRID_HOST"))
    return Secrets(api_key=key, host=host)


def _refuse_strangers(host: str, file: Path, proxy: str, *, by_file: bool) -> None:
    """Raise ConfigError if a project's files would send the environment's key elsewhere.

    A proxy for an https host does not see the key; a proxy for an http host does.
    """
    if by_file:
        message = "it names a SENDGRID_HOST, but the environment's SENDGRID_API_KEY goes to no host that a file names"
        hint = "put SENDGRID_HOST into the environment as well, or the key into this file"
        raise ConfigError(message, place=str(file), hint=hint)
    if proxy and host.startswith("http:"):
        message = "[send] proxy would see the environment's SENDGRID_API_KEY, since SENDGRID_HOST is http"
        raise ConfigError(message, hint="remove proxy, use an https host, or put the key into .env")


def _is_host(text: str) -> bool:
    """Return whether `text` is ``https://host`` or ``https://host:port``; on loopback it may be http."""
    try:
        parts = urlsplit(text)
        secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        bare = text == f"{parts.scheme}://{parts.netloc}" and "@" not in parts.netloc
        return (
            secure and bare and bool(parts.hostname) and parts.port != 0 and bool(re.fullmatch(r"[\x21-\x7e]+", text))
        )
    except ValueError:
        return False
