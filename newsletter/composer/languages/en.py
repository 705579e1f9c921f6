"""English."""

from newsletter.composer.languages.language import Language

__all__ = ["LANGUAGE"]

LANGUAGE = Language(
    tag="en",
    day="{day} {month} {year}",
    day_of_month="{day}",
    day_and_month="{day} {month}",
    month="{month} {year}",
    stretch="{first} to {last}",
    week="Week {week}",
    words={
        "contents": "In this issue",
        "read": "Read the full story",
        "scan": "Scan to read on your phone",
        "code_for": "QR code for {target}",
        "picture": "Picture: {subject}",
        "also": "Also in this issue: {titles}",
        "more": "and {count} at {site}",
        "sent_by": "It is sent by {sender}.",
        "reason": "You receive {name} because you subscribed with this address.",
        "unsubscribe": "Unsubscribe",
        "browser": "View this issue in a browser",
        "browser_short": "View in browser",
        "elsewhere": "Continue on another screen or on paper",
        "rest": "More in this issue",
        "all_issues": "All issues",
    },
    counted={
        "story": {"one": "{n} story", "other": "{n} stories"},
        "more": {"one": "{n} more", "other": "{n} more"},
    },
)
