"""What an email address is: one grammar for the recipients, the sender and whoever is named on the command line.

What mail providers take: ASCII before the ``@`` (RFC 5322's dot-atom), a domain of at least two labels behind it. An
international domain is encoded as UTS 46 says (nontransitional: ``straße.example`` is not ``strasse.example``).
"""

import re

__all__ = ["parse_address", "parse_email"]

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LONGEST = 254  # characters in all, 64 of them before the @: RFC 5321's path of 256 less its brackets
_EMAIL = re.compile(
    rf"(?=.{{1,{_LONGEST}}}\Z)(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?![0-9]+\Z){_LABEL}"
)
_BREAKS = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
_NAMED = re.compile(rf"([^<>{_BREAKS}]*)<([^<>{_BREAKS}]*)>")


def parse_email(text: str) -> str:
    """Return the bare address in `text`, an international domain in its ASCII form; "" where it is not one address."""
    if _EMAIL.fullmatch(text):
        return text
    address = _ascii_domain(text.strip())
    return address if _EMAIL.fullmatch(address) else ""


def parse_address(text: str) -> tuple[str, str]:
    """Split ``Name <user@host>`` or ``user@host`` into (name, address); ("", "") where it is not one address."""
    named = _NAMED.fullmatch(text.strip())
    address = parse_email(named[2] if named else text)
    name = named[1].strip().strip('"').strip() if named and address else ""
    return name, address


def _ascii_domain(address: str) -> str:
    """Encode an international domain; return "" for one that there cannot be, other addresses as they are."""
    if address.isascii():
        return address
    user, _, domain = address.rpartition("@")
    if len(domain) > _LONGEST:  # no domain is, however it is spelled, and the work would grow with the square
        return ""
    import idna  # a slow import that few need

    try:
        return f"{user}@{idna.encode(domain, uts46=True, std3_rules=True).decode()}"
    except UnicodeError:
        return ""
