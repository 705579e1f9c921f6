"""Arabic."""

from newsletter.composer.languages.language import Language

__all__ = ["LANGUAGE"]

LANGUAGE = Language(
    tag="ar",
    day="{day} {month} {year}",
    day_of_month="{day}",
    day_and_month="{day} {month}",
    month="{month} {year}",
    stretch="من {first} إلى {last}",
    week="الأسبوع {week}",
    words={
        "contents": "في هذا العدد",
        "read": "اقرأ المقال كاملاً",
        "scan": "امسح الرمز للقراءة على هاتفك",
        "code_for": "رمز QR: {target}",
        "picture": "صورة: {subject}",
        "also": "في هذا العدد أيضاً: {titles}",
        "more": "و{count} على {site}",
        "sent_by": "المرسل: {sender}.",
        "reason": "تصلك {name} لأنك اشتركت بهذا العنوان.",
        "unsubscribe": "إلغاء الاشتراك",
        "browser": "عرض هذا العدد في المتصفح",
        "browser_short": "عرض في المتصفح",
        "elsewhere": "تابع القراءة على شاشة أخرى أو على الورق",
        "rest": "المزيد في هذا العدد",
        "all_issues": "جميع الأعداد",
    },
    counted={
        "story": {
            "zero": "لا مقالات",
            "one": "مقال واحد",
            "two": "مقالان",
            "few": "{n} مقالات",
            "many": "{n} مقالاً",
            "other": "{n} مقال",
        },
        "more": {
            "zero": "لا مقالات أخرى",
            "one": "مقال آخر",
            "two": "مقالان آخران",
            "few": "{n} مقالات أخرى",
            "many": "{n} مقالاً آخر",
            "other": "{n} مقال آخر",
        },
    },
)
