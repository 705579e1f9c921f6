"""All finding codes with their severity; `docs/reference/checks.md` explains each."""

from collections.abc import Mapping
from types import MappingProxyType

from newsletter.models import Finding, Severity

__all__ = ["SEVERITIES", "finding"]

_ERRORS = (
    "alt-missing article-missing charset cid-missing leftover-tag link-empty link-missing no-articles "
    "picture-address picture-unpublished postal-address subject-missing subject-too-long unsubscribe"
)
_WARNINGS = (
    "alt-weak banner-broken banner-still banner-unusable body-cut body-dropped cid-unused contrast css-important "
    "css-size css-support duplicate-elsewhere headings link-insecure link-relative link-unanswered link-vague "
    "merge-default picture-kind picture-weight picture-width preheader-length preheader-repeats qr-elsewhere "
    "qr-generated qr-link qr-missing qr-quality raw-marks size subject-length text-coverage text-lines too-wide "
    "words-joined"
)
_INFOS = "banner-missing banner-repeated button-colour language-words link-tracking summary-missing"

SEVERITIES: Mapping[str, Severity] = MappingProxyType(
    {
        code: severity
        for severity, codes in ((Severity.ERROR, _ERRORS), (Severity.WARNING, _WARNINGS), (Severity.INFO, _INFOS))
        for code in codes.split()
    }
)


def finding(code: str, where: str, message: str, hint: str = "") -> Finding:
    """Return a finding with a known code."""
    return Finding(code=code, severity=SEVERITIES[code], where=where, message=message, hint=hint)
