"""French."""

from newsletter.composer.languages.language import Language

__all__ = ["LANGUAGE"]

LANGUAGE = Language(
    tag="fr",
    day="{day} {month} {year}",
    day_of_month="{day}",
    day_and_month="{day} {month}",
    month="{month} {year}",
    stretch="du {first} au {last}",
    week="Semaine {week}",
    first_day="1er",
    words={
        "contents": "Dans ce numéro",
        "read": "Lire l\u2019article complet",
        "scan": "Scannez pour lire sur votre téléphone",
        "code_for": "Code QR vers {target}",
        "picture": "Image : {subject}",
        "also": "Également dans ce numéro : {titles}",
        "more": "et {count} sur {site}",
        "sent_by": "Expéditeur : {sender}.",
        "reason": "Vous recevez {name} parce que vous vous êtes abonné avec cette adresse.",
        "unsubscribe": "Se désabonner",
        "browser": "Voir ce numéro dans un navigateur",
        "browser_short": "Voir dans le navigateur",
        "elsewhere": "Poursuivre sur un autre écran ou sur papier",
        "rest": "Aussi dans ce numéro",
        "all_issues": "Tous les numéros",
    },
    counted={
        "story": {"one": "{n} article", "other": "{n} articles"},
        "more": {"one": "{n} autre article", "other": "{n} autres articles"},
    },
)
