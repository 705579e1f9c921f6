"""Polish."""

from newsletter.composer.languages.language import Language

__all__ = ["LANGUAGE"]

LANGUAGE = Language(
    tag="pl",
    day="{day} {month} {year}",
    day_of_month="{day}",
    day_and_month="{day} {month}",
    month="{month} {year}",
    stretch="{first}\u2013{last}",
    week="Tydzień {week}",
    words={
        "contents": "W tym wydaniu",
        "read": "Przeczytaj cały artykuł",
        "scan": "Zeskanuj, aby czytać na telefonie",
        "code_for": "Kod QR: {target}",
        "picture": "Zdjęcie: {subject}",
        "also": "W tym wydaniu również: {titles}",
        "more": "i {count} na {site}",
        "sent_by": "Nadawca: {sender}.",
        "reason": "Otrzymujesz {name}, ponieważ zapisano ten adres.",
        "unsubscribe": "Wypisz się",
        "browser": "Zobacz to wydanie w przeglądarce",
        "browser_short": "Zobacz w przeglądarce",
        "elsewhere": "Czytaj dalej na innym ekranie lub na papierze",
        "rest": "Więcej w tym numerze",
        "all_issues": "Wszystkie wydania",
    },
    counted={
        "story": {
            "one": "{n} artykuł",
            "few": "{n} artykuły",
            "many": "{n} artykułów",
            "other": "{n} artykułu",
        },
        "more": {
            "one": "{n} kolejny artykuł",
            "few": "{n} kolejne artykuły",
            "many": "{n} kolejnych artykułów",
            "other": "{n} kolejnego artykułu",
        },
    },
)
