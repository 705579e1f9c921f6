"""The properties of SendGrid's Marketing Campaigns that are visible outside this package."""

from newsletter.traits import ProviderTraits

__all__ = ["TRAITS"]

TRAITS = ProviderTraits(
    name="SendGrid",
    tags={"subscription": "{{{unsubscribe}}}"},  # whatever [marketing] names: a group, or an address of one's own
    tracked_link=200,
    narrow_charset=True,
    dkim_selectors=("s1", "s2", "m1"),
    secrets=("SENDGRID_API_KEY",),
    campaigns=True,
)
