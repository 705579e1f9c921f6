"""What a call that came to nothing means for a person: what happened in plain words, and the cure of just that."""

import http.client
import os
import re
import socket
import ssl
from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["Failure", "explain_failure"]


class Failure(NamedTuple):
    """Why a call failed, and what to do; `lasting`: it fails again until somebody has done that."""

    reason: str
    hint: str
    lasting: bool = False


_AGAIN = "then run the same command again: nothing is lost"
_PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "http_proxy", "HTTP_PROXY")


def explain_failure(
    error: BaseException, host: str, *, written: bool, proxy: str, environ: Mapping[str, str] = os.environ
) -> Failure:
    """Explain why a call to `host` failed; `written`: after the whole request had left.

    `proxy` is the configured one, without its password. The words of an error are not quoted, as the key may be in
    them, but for what the system or the TLS library says.
    """
    reason = getattr(error, "reason", None)
    error = reason if isinstance(reason, BaseException) else error
    way = " through the proxy" if proxy else ""
    how = f"{'no answer from' if written else 'cannot reach'} {host}{way}"
    if isinstance(error, ssl.SSLCertVerificationError):
        why = getattr(error, "verify_message", "") or "it is not trusted"
        return Failure(f"{how}: its certificate is not valid here: {why}", _CERTIFICATE, lasting=True)
    if isinstance(error, ssl.SSLError):
        hint = f"check that SENDGRID_HOST, or the proxy on the way, speaks TLS there; {_AGAIN}"
        return Failure(f"{how}: no TLS connection: {_tls_words(error)}", hint)
    if proxy:
        return Failure(
            f"{how}: {_words(error)}", f"check proxy in [send], {proxy}, and that it lets {host} pass; {_AGAIN}"
        )
    if isinstance(error, socket.gaierror):
        return Failure(
            f"{how}: {_words(error)}", f"check SENDGRID_HOST, and that this machine can look up names; {_AGAIN}"
        )
    return Failure(f"{how}: {_words(error)}", _network(environ))


_CERTIFICATE = (
    "waiting does not help: set this machine's clock, install its CA certificates (the package ca-certificates), or,"
    f" where a proxy opens the connection, name its certificate in SSL_CERT_FILE; {_AGAIN}"
)


def _network(environ: Mapping[str, str]) -> str:
    """Return what to check where the network itself does not answer."""
    named = next((name for name in _PROXIES if environ.get(name)), "")
    if named:
        return f"{named} is not used: where this machine needs a proxy, set proxy in [send]; {_AGAIN}"
    return f"check the network, and that the firewall lets connections out; {_AGAIN}"


_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (TimeoutError, "it took too long"),
    (http.client.RemoteDisconnected, "the connection was closed"),
    (http.client.HTTPException, "what came is cut off or no HTTP"),
)


def _tls_words(error: ssl.SSLError) -> str:
    """Return the TLS library's reason in lower case, without its source line."""
    return str(getattr(error, "reason", None) or "it gave no reason").replace("_", " ").lower()


def _words(error: BaseException) -> str:
    """Return a failure without its details, where the key may be: what the system says of it, else its kind."""
    if isinstance(error, OSError) and error.strerror:
        return str(error.strerror)
    if refused := re.match(r"Tunnel connection failed: ([1-9][0-9]{2})\b", str(error)):
        return f"the proxy answered {refused[1]}"
    return next((words for kind, words in _WORDS if isinstance(error, kind)), type(error).__name__)
