"""What SendGrid is like, as far as it shows outside this package."""

from newsletter.traits import ProviderTraits

__all__ = ["TRAITS"]

TRAITS = ProviderTraits(
    name="SendGrid",
    tags={"subscription": "%%unsubscribe%%", "group": "<%asm_group_unsubscribe_raw_url%>"},
    undo=(11, 72 * 60),
    tracked_link=200,
    narrow_charset=True,
    log_days=30,
)
