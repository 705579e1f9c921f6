"""SendGrid's statistics of one category, which each issue is."""

import json
from collections import Counter
from datetime import date
from typing import Any

from newsletter.errors import ProviderError
from newsletter.figures import Figures
from newsletter.providers.sendgrid.answers import Answer, explain, whole_number
from newsletter.providers.sendgrid.client import SendGrid

__all__ = ["read_figures"]

_DROPS = ("bounce_drops", "spam_report_drops", "unsubscribe_drops", "invalid_emails")


def read_figures(client: SendGrid, category: str, since: date) -> Figures:
    """Add up the statistics of a category from the day `since` on; ProviderError where SendGrid does not tell them."""
    answer = client.look_up("categories/stats", {"start_date": since.isoformat(), "categories": category})
    if answer.status == 404:
        return Figures()  # a category that nothing was counted for yet
    if answer.status != 200:
        raise ProviderError(f"SendGrid does not tell its statistics: {explain(answer)}", hint=_cure(answer))
    try:
        counts = _add_up(json.loads(answer.body), category)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        message = "SendGrid answered categories/stats with an unexpected document"
        raise ProviderError(message, hint="run it again later; if the problem persists, check SENDGRID_HOST") from error
    return Figures(
        requested=counts["requests"],
        dropped=sum(counts[name] for name in _DROPS),
        processed=counts["processed"],
        delivered=counts["delivered"],
        bounced=counts["bounces"],
        blocked=counts["blocks"],
        opened=counts["unique_opens"],
        clicked=counts["unique_clicks"],
        unsubscribed=counts["unsubscribes"],
        reported=counts["spam_reports"],
    )


def _add_up(days: Any, category: str) -> Counter[str]:
    """Add the metrics of all days: ``[{"date", "stats": [{"name", "metrics": {…}}]}]``."""
    if not isinstance(days, list):
        raise TypeError("not a list")
    counts: Counter[str] = Counter()
    for day in days:
        for stats in day["stats"]:
            if stats["name"] == category:
                counts.update({name: whole_number(value) for name, value in stats["metrics"].items()})
    return counts


def _cure(answer: Answer) -> str:
    if answer.status == 429:
        return "SendGrid asks for a pause: run it again in a minute"
    if answer.status in (401, 403):
        return "give the key of SENDGRID_API_KEY the permission stats.read, at SendGrid under Settings, API Keys"
    return "run it again in a minute; 'newsletter doctor' looks at the account"
