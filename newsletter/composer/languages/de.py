"""German."""

from newsletter.composer.languages.language import Language

__all__ = ["LANGUAGE"]

LANGUAGE = Language(
    tag="de",
    day="{day}. {month} {year}",
    day_of_month="{day}.",
    day_and_month="{day}. {month}",
    month="{month} {year}",
    stretch="{first} bis {last}",
    week="Woche {week}",
    words={
        "contents": "In dieser Ausgabe",
        "read": "Den ganzen Artikel lesen",
        "scan": "Scannen und am Telefon lesen",
        "code_for": "QR-Code für {target}",
        "picture": "Bild: {subject}",
        "also": "Außerdem in dieser Ausgabe: {titles}",
        "more": "und {count} auf {site}",
        "sent_by": "Absender: {sender}.",
        "reason": "Sie erhalten {name}, weil Sie den Newsletter mit dieser Adresse abonniert haben.",
        "unsubscribe": "Newsletter abmelden",
        "browser": "Diese Ausgabe im Browser ansehen",
        "browser_short": "Im Browser ansehen",
        "elsewhere": "Weiterlesen auf einem anderen Gerät oder auf Papier",
        "rest": "Mehr in dieser Ausgabe",
        "all_issues": "Alle Ausgaben",
    },
    counted={
        "story": {"one": "{n} Artikel", "other": "{n} Artikel"},
        "more": {"one": "{n} weiterer Artikel", "other": "{n} weitere Artikel"},
    },
)
