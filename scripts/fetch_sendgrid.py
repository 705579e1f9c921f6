"""Reduce SendGrid's OpenAPI specification to what the program uses, into tests/fake_sendgrid/specification.json.

    python scripts/fetch_sendgrid.py FOLDER > tests/fake_sendgrid/specification.json

FOLDER is `spec/json` of a checkout of https://github.com/twilio/sendgrid-oas (© Twilio SendGrid, Inc., MIT).
Descriptions and examples are dropped, and whatever the paths below do not refer to. What several files define under
one name is kept under the name of its file.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

USED = {
    "mail": {"/v3/mail/send": "post", "/v3/mail/batch": "post"},
    "scopes": {"/v3/scopes": "get"},
    "logs": {"/v3/logs": "post", "/v3/logs/{sg_message_id}": "get"},
    "scheduled_sends": {"/v3/user/scheduled_sends": "get post"},
    "suppressions": {
        "/v3/asm/groups": "get",
        "/v3/asm/groups/{group_id}/suppressions": "get",
        "/v3/suppression/blocks": "get",
        "/v3/suppression/bounces": "get",
        "/v3/suppression/invalid_emails": "get",
        "/v3/suppression/spam_reports": "get",
        "/v3/suppression/unsubscribes": "get",
    },
    "stats": {"/v3/categories/stats": "get"},
    "verified_senders": {"/v3/verified_senders": "get"},
    "domain_authentication": {"/v3/whitelabel/domains": "get"},
    "mc_contacts": {
        "/v3/marketing/contacts": "put",
        "/v3/marketing/contacts/count": "get",
        "/v3/marketing/contacts/imports": "put",
        "/v3/marketing/contacts/imports/{id}": "get",
        "/v3/marketing/contacts/search/emails": "post",
    },
    "mc_lists": {
        "/v3/marketing/lists": "get post",
        "/v3/marketing/lists/{id}": "get",
        "/v3/marketing/lists/{id}/contacts/count": "get",
    },
    "mc_senders": {"/v3/marketing/senders": "get", "/v3/marketing/senders/{id}": "get"},
    "mc_singlesends": {
        "/v3/marketing/singlesends": "get post",
        "/v3/marketing/singlesends/{id}": "get patch delete",
        "/v3/marketing/singlesends/{id}/schedule": "put delete",
        "/v3/marketing/singlesends/search": "post",
    },
    "mc_test": {"/v3/marketing/test/send_email": "post"},
}
DROPPED = {"description", "summary", "example", "examples", "tags", "operationId", "externalDocs", "security", "title"}
NAMES = {"properties", "responses", "schemas"}  # what these hold is named by the author, not by OpenAPI


def reduced(node: Any, prefix: str, *, names: bool = False) -> Any:
    """Return a part of a file without its prose; `nullable`, of OpenAPI 3.0, becomes a type of JSON Schema."""
    if isinstance(node, list):
        return [reduced(item, prefix) for item in node]
    if not isinstance(node, dict):
        return node
    if names:
        return {name: reduced(value, prefix) for name, value in node.items()}
    kept = {
        key: reduced(value, prefix, names=key in NAMES)
        for key, value in node.items()
        if key not in DROPPED and not key.startswith("x-")
    }
    if "$ref" in kept:
        kept["$ref"] = f"{kept['$ref'].rpartition('/')[0]}/{prefix}.{kept['$ref'].rpartition('/')[2]}"
    if kept.pop("nullable", False) and isinstance(kept.get("type"), str):
        kept["type"] = [kept["type"], "null"]
        if "enum" in kept:
            kept["enum"].append(None)
    return kept


def references(node: Any) -> Iterator[str]:
    """Yield what a part refers to."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from references(item)


def operations(path: dict[str, Any], methods: str, prefix: str) -> dict[str, Any]:
    """Return the operations of a path that are used, each with the parameters of the path."""
    common = path.get("parameters", [])
    found = {method: reduced(path[method], prefix) for method in methods.split()}
    for operation in found.values():
        operation["parameters"] = [*reduced(common, prefix), *operation.get("parameters", [])]
    return found


def specification(folder: Path) -> dict[str, Any]:
    """Put the parts of all files together."""
    paths: dict[str, Any] = {}
    known: dict[str, Any] = {}
    for prefix, used in USED.items():
        document = json.loads((folder / f"tsg_{prefix}_v3.json").read_text(encoding="utf-8"))
        paths |= {path: operations(document["paths"][path], methods, prefix) for path, methods in used.items()}
        for kind, components in document["components"].items():
            for name, component in components.items():
                known[f"#/components/{kind}/{prefix}.{name}"] = (component, prefix)
    return {
        "openapi": "3.1.0",
        "info": {"title": "A part of SendGrid's API", "version": "v3", "license": {"name": "MIT"}},
        "paths": paths,
        "components": components_of(paths, known),
    }


def components_of(paths: dict[str, Any], known: dict[str, tuple[Any, str]]) -> dict[str, Any]:
    """Return what the paths refer to, and what that refers to in turn."""
    components: dict[str, Any] = {}
    waiting = list(references(paths))
    while waiting:
        reference = waiting.pop()
        _, _, kind, name = reference.split("/")
        if name not in components.setdefault(kind, {}):
            components[kind][name] = reduced(*known[reference])
            waiting += references(components[kind][name])
    return {kind: dict(sorted(found.items())) for kind, found in sorted(components.items())}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(specification(Path(sys.argv[1])), ensure_ascii=False, separators=(",", ":")) + "\n")
