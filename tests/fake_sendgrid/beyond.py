"""What SendGrid's documentation describes, and its published files do not: written by hand, as OpenAPI."""

from typing import Any

__all__ = ["BEYOND"]

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}


def listed(**properties: Any) -> dict[str, Any]:
    """Return the schema of an object that has all of these properties."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def answer(status: int, schema: dict[str, Any]) -> dict[str, Any]:
    """Return the answers of an operation that has one good one."""
    return {str(status): {"content": {"application/json": {"schema": schema}}}}


def queries(*names: str) -> list[dict[str, Any]]:
    """Return parameters of a query that may be left out."""
    return [{"name": name, "in": "query", "schema": TEXT} for name in names]


FIELD = listed(id=TEXT, name=TEXT, field_type={"enum": ["Text", "Number", "Date"]})
NEW_FIELD = {
    **listed(name={"type": "string", "maxLength": 100}, field_type={"enum": ["Text", "Number", "Date"]}),
    "additionalProperties": False,
}
CREDITS = listed(remain=NUMBER, total=NUMBER, overage=NUMBER, used=NUMBER, reset_frequency=TEXT)
SEGMENT = listed(id=TEXT, name=TEXT, contacts_count=NUMBER)
METRICS = listed(
    **dict.fromkeys(("bounce_drops", "bounces", "clicks", "delivered", "invalid_emails", "opens", "requests"), NUMBER),
    **dict.fromkeys(("spam_report_drops", "spam_reports", "unique_clicks", "unique_opens", "unsubscribes"), NUMBER),
)

NEW_TEMPLATE = {**listed(name=TEXT, generation={"enum": ["dynamic"]}), "additionalProperties": False}
NEW_VERSION = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("name", "subject", "html_content", "plain_content", "editor"), TEXT),
        "generate_plain_content": {"type": "boolean"},
        "active": {"enum": [0, 1]},
    },
    "required": ["name", "subject"],
    "additionalProperties": False,
}

BEYOND: dict[str, Any] = {
    "/v3/templates": {
        "post": {
            "requestBody": {"content": {"application/json": {"schema": NEW_TEMPLATE}}},
            "responses": answer(201, listed(id=TEXT, name=TEXT)),
        }
    },
    "/v3/templates/{template_id}": {"delete": {"responses": {"204": {}}}},
    "/v3/templates/{template_id}/versions": {
        "post": {
            "requestBody": {"content": {"application/json": {"schema": NEW_VERSION}}},
            "responses": answer(201, listed(id=TEXT, template_id=TEXT, name=TEXT)),
        }
    },
    "/v3/user/credits": {"get": {"responses": answer(200, CREDITS)}},
    "/v3/marketing/field_definitions": {
        "get": {
            "responses": answer(
                200,
                {
                    "type": "object",
                    "properties": {
                        "custom_fields": {"type": "array", "items": FIELD},
                        "reserved_fields": {"type": "array", "items": listed(id=TEXT, name=TEXT, field_type=TEXT)},
                    },
                },
            )
        },
        "post": {
            "requestBody": {"content": {"application/json": {"schema": NEW_FIELD}}},
            "responses": answer(200, FIELD),
        },
    },
    "/v3/marketing/segments/2.0": {
        "get": {
            "parameters": queries("ids", "parent_list_ids", "no_parent_list_id"),
            "responses": answer(200, listed(segments={"type": "array", "items": SEGMENT})),
        }
    },
    "/v3/marketing/stats/singlesends/{id}": {
        "get": {
            "parameters": queries("aggregated_by", "start_date", "end_date", "timezone", "page_size", "page_token"),
            "responses": answer(
                200, listed(results={"type": "array", "items": listed(id=TEXT, aggregation=TEXT, stats=METRICS)})
            ),
        }
    },
}
