"""What the DNS says of the sender's domain, and what the large mailbox providers make of it."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import wraps

from newsletter.app.doctor.lookup import Lookup, UnansweredError
from newsletter.app.doctor.setting import Setting
from newsletter.diagnosis import Diagnosis, failure, ok, warning
from newsletter.email_addresses import parse_address
from newsletter.errors import RecipientsError

__all__ = ["FREE_MAIL", "check_dkim", "check_dmarc", "check_replies", "check_spf"]

BULK = 5000
"""From how many messages a day Gmail, Yahoo and Outlook ask for SPF, DKIM and DMARC."""
FREE_MAIL = frozenset(
    {
        *("aol.com", "free.fr", "gmail.com", "gmx.com", "gmx.de", "gmx.net", "googlemail.com", "hotmail.com"),
        *("icloud.com", "laposte.net", "live.com", "mail.ru", "me.com", "msn.com", "outlook.com", "proton.me"),
        *("protonmail.com", "qq.com", "t-online.de", "web.de", "yahoo.co.uk", "yahoo.com", "ymail.com"),
    }
)
"""Domains whose owners let nobody else send with them."""
_LOOKUPS = 10  # the most that a receiver makes for one SPF record, RFC 7208 section 4.6.4
_TERM = re.compile(r"[+?~-]?(include:|a\b|mx\b|ptr\b|exists:|redirect=)(\S*)", re.IGNORECASE)

_Check = Callable[[Setting], Iterable[Diagnosis]]


def _of_domain(name: str) -> Callable[[_Check], _Check]:
    """Let a check run where there is a domain of one's own; a DNS that does not answer is a warning."""

    def decorate(check: _Check) -> _Check:
        @wraps(check)
        def checked(setting: Setting) -> Iterator[Diagnosis]:
            if not setting.domain or setting.domain in FREE_MAIL or setting.lookup.silent:
                return  # what is wrong was said before
            try:
                yield from list(check(setting))
            except UnansweredError as error:
                yield warning(name, str(error), error.hint)

        return checked

    return decorate


@_of_domain("SPF")
def check_spf(setting: Setting) -> Iterator[Diagnosis]:
    """Look at the SPF record of the domain; a provider's return path has one of its own, so none is no failure."""
    domain = setting.domain
    records = _records(setting.lookup, domain, "v=spf1")
    if len(records) > 1:
        hint = "join them into one record: with two, receivers take neither (RFC 7208)"
        yield failure("SPF", f"{domain} has {len(records)} SPF records", hint)
    elif not records:
        hint = f'publish a TXT record for {domain}: "v=spf1 -all", with what else sends mail for it before "-all"'
        yield warning("SPF", f"{domain} has no SPF record; anybody may use it as a sender's domain", hint)
    elif re.search(r"(^|\s)\+?all\b", records[0]):
        yield failure("SPF", f'the SPF record of {domain} ends in "+all", which allows everybody', 'write "~all"')
    elif (count := _lookups(setting.lookup, records[0])) > _LOOKUPS:
        hint = "take out what does not send mail for the domain any more; receivers stop at ten"
        yield failure("SPF", f"the SPF record of {domain} takes {count} look-ups or more", hint)
    else:
        yield ok("SPF", f"{domain}: {records[0][:100]}")


def _lookups(lookup: Lookup, record: str, left: int = _LOOKUPS) -> int:
    """Count the look-ups that a record takes with what it includes, as far as one more than the limit."""
    count = 0
    for match in _TERM.finditer(record):
        count += 1
        if match[1].lower() in ("include:", "redirect=") and "%" not in match[2] and count <= left:
            inner = _records(lookup, match[2], "v=spf1")
            count += _lookups(lookup, inner[0], left - count) if inner else 0
        if count > left:
            break
    return count


@_of_domain("DKIM")
def check_dkim(setting: Setting) -> Iterator[Diagnosis]:
    """Look for a signing key where the provider says that it is, else where it usually is."""
    provider = setting.config.provider
    known = setting.examination.dkim_names
    names = known or tuple(f"{selector}._domainkey.{setting.domain}" for selector in provider.dkim_selectors)
    keys = {
        name: any(re.search(r"\bp=\s*[A-Za-z0-9+/]", text) for text in setting.lookup.texts(name)) for name in names
    }
    if not names:
        return
    found = [name for name, key in keys.items() if key]
    hint = f"authenticate {setting.domain} at {provider.name} and publish the records that it shows"
    if not found:
        yield failure("DKIM", f"there is no signing key at {' or '.join(names)}", hint)
    elif known and len(found) < len(known):
        yield warning(
            "DKIM", f"there is no signing key at {', '.join(name for name in known if name not in found)}", hint
        )
    else:
        yield ok("DKIM", f"signing key at {', '.join(found)}")


@_of_domain("DMARC")
def check_dmarc(setting: Setting) -> Iterator[Diagnosis]:
    """Look for the DMARC policy of the domain, or of one above it."""
    domain = setting.domain
    place, records = next(
        (
            (place, found)
            for place in _above(domain)
            if (found := _records(setting.lookup, f"_dmarc.{place}", "v=dmarc1"))
        ),
        (domain, ()),
    )
    if not records:
        hint = f'publish a TXT record for _dmarc.{domain}: "v=DMARC1; p=none; rua=mailto:you@{domain}"'
        many = _is_bulk(setting)
        say = failure if many else warning
        who = "Gmail, Yahoo and Outlook ask for one" + ("" if many else f" from {BULK:,} messages a day on")
        yield say("DMARC", f"{domain} has no DMARC policy; {who}", hint)
    elif len(records) > 1:
        yield failure("DMARC", f"_dmarc.{place} has {len(records)} policies, and so none", "keep one of them")
    elif _tags(records[0]).get("p") not in ("none", "quarantine", "reject"):
        hint = 'begin it with "v=DMARC1; p=none", "p=quarantine" or "p=reject"'
        yield failure("DMARC", f"the policy at _dmarc.{place} cannot be read: {records[0][:100]}", hint)
    else:
        yield ok("DMARC", f"{place}: {records[0][:100]}")


@_of_domain("replies")
def check_replies(setting: Setting) -> Iterator[Diagnosis]:
    """Look whether answers arrive: their domain takes mail."""
    send = setting.config.send
    domain = parse_address(send.reply_to or send.from_)[1].rpartition("@")[2].lower()
    if setting.lookup.receives_mail(domain):
        yield ok("replies", f"{domain} takes mail")
        return
    hint = "set reply_to in [send] to an address that somebody reads, or give the domain an MX record"
    yield warning("replies", f"{domain} takes no mail: readers who answer get it back", hint)


def _is_bulk(setting: Setting) -> bool:
    try:
        return setting.people >= BULK
    except RecipientsError:
        return False  # the recipients' own check names it


def _records(lookup: Lookup, name: str, kind: str) -> tuple[str, ...]:
    """Return the TXT records of a name that begin with a version, whatever its case."""
    return tuple(text for text in lookup.texts(name) if re.match(rf"(?i){re.escape(kind)}(\s|;|$)", text))


def _tags(policy: str) -> dict[str, str]:
    """Return the tags of a DMARC policy, ``v=DMARC1; p=none``, in lower case."""
    parts = (part.partition("=") for part in policy.lower().split(";"))
    return {name.strip(): value.strip() for name, _, value in parts}


def _above(domain: str) -> Iterator[str]:
    """Yield a domain and those above it, down to two labels."""
    labels = domain.split(".")
    for at in range(max(1, len(labels) - 1)):
        yield ".".join(labels[at:])
