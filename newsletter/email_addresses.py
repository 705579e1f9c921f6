"""The grammar of email addresses, for recipients, the sender and the command line.

It is what mail providers accept: ASCII before the ``@`` (RFC 5322's dot-atom), a domain of at least two labels. An
international domain is encoded by UTS 46 (nontransitional: ``straße.example`` is not ``strasse.example``).
"""

import re

__all__ = ["parse_address", "parse_email"]

_LABEL = r"[A-Za-z0-9]++(?:-++[A-Za-z0-9]++)*+"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++"
_LONGEST = 254  # characters in all, 64 of them before the @: RFC 5321's path of 256 less its brackets
_LONGEST_USER = 64
_LONGEST_LABEL = 63
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?![0-9]+\Z){_LABEL}")
_BREAKS = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
_NAMED = re.compile(rf"([^<>{_BREAKS}]*)<([^<>{_BREAKS}]*)>")


def parse_email(text: str) -> str:
    """Return the bare address in `text`, an international domain in its ASCII form; "" if it is not one address."""
    if _is_email(text):
        return text
    address = _ascii_domain(text.strip())
    return address if _is_email(address) else ""


def _is_email(text: str) -> bool:
    """Return whether a text is an address; a short one cannot have parts that are too long."""
    if not _EMAIL.fullmatch(text):
        return False
    return len(text) <= _LONGEST_LABEL or _fits(text)


def _fits(address: str) -> bool:
    user, _, domain = address.partition("@")
    labels = max(map(len, domain.split(".")))
    return len(address) <= _LONGEST and len(user) <= _LONGEST_USER and labels <= _LONGEST_LABEL


def parse_address(text: str) -> tuple[str, str]:
    """Split ``Name <user@host>`` or ``user@host`` into (name, address); ("", "") if it is not one address."""
    named = _NAMED.fullmatch(text.strip())
    address = parse_email(named[2] if named else text)
    name = named[1].strip().strip('"').strip() if named and address else ""
    return name, address


def _ascii_domain(address: str) -> str:
    """Encode an international domain; return "" for an invalid one, and other addresses unchanged."""
    if address.isascii():
        return address
    user, _, domain = address.rpartition("@")
    if len(domain) > _LONGEST:  # no domain is that long, and the work is quadratic
        return ""
    import idna  # a slow import that few need

    try:
        return f"{user}@{idna.encode(domain, uts46=True, std3_rules=True).decode()}"
    except UnicodeError:
        return ""
