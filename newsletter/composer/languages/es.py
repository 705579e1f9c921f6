"""Spanish."""

from newsletter.composer.languages.language import Language

__all__ = ["LANGUAGE"]

LANGUAGE = Language(
    tag="es",
    day="{day} de {month} de {year}",
    day_of_month="{day}",
    day_and_month="{day} de {month}",
    month="{month} de {year}",
    stretch="del {first} al {last}",
    week="Semana {week}",
    words={
        "contents": "En este número",
        "read": "Leer el artículo completo",
        "scan": "Escanee para leer en su teléfono",
        "code_for": "Código QR de {target}",
        "picture": "Imagen: {subject}",
        "also": "También en este número: {titles}",
        "more": "y {count} en {site}",
        "sent_by": "Remitente: {sender}.",
        "reason": "Recibe {name} porque se suscribió con esta dirección.",
        "unsubscribe": "Darse de baja",
        "browser": "Ver este número en el navegador",
        "browser_short": "Ver en el navegador",
        "elsewhere": "Siga leyendo en otra pantalla o en papel",
        "rest": "Más en este número",
        "all_issues": "Todos los números",
    },
    counted={
        "story": {"one": "{n} artículo", "other": "{n} artículos"},
        "more": {"one": "{n} artículo más", "other": "{n} artículos más"},
    },
)
