"""SendGrid's properties that are visible outside this package."""

from newsletter.traits import ProviderTraits

__all__ = ["TRAITS"]

TRAITS = ProviderTraits(
    name="SendGrid",
    tags={"subscription": "%%unsubscribe%%", "group": "<%asm_group_unsubscribe_raw_url%>"},
    undo=(11, 72 * 60),
    tracked_link=200,
    narrow_charset=True,
    dkim_selectors=("s1", "s2", "m1"),
    secrets=("SENDGRID_API_KEY",),
    log_days=30,
)
