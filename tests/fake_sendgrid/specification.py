"""What SendGrid's own OpenAPI specification says of a request and of an answer.

`specification.json` is a part of it (scripts/fetch_sendgrid.py). Stricter than OpenAPI: a query or a property of a
body that the specification does not know is a problem too, since a misspelt name is what one overlooks.
"""

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jsonschema_rs

from tests.fake_sendgrid.beyond import BEYOND

__all__ = ["METHODS", "Operation", "answer_problems", "operation_at", "operations", "request_problems", "resolved"]

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_SPECIFICATION: dict[str, Any] = json.loads(Path(__file__).with_name("specification.json").read_text(encoding="utf-8"))
_COMPONENTS = _SPECIFICATION["components"]
_PATHS: dict[str, Any] = _SPECIFICATION["paths"] | BEYOND
_BRANCHES = ("allOf", "anyOf", "oneOf")

# Where it contradicts SendGrid's own documentation: these are objects of texts, whatever their names.
_MAIL = _COMPONENTS["requestBodies"]["mail.PostMailSend"]["content"]["application/json"]["schema"]
_MAIL["properties"]["custom_args"] = {"type": "object", "additionalProperties": {"type": "string"}}
_COMPONENTS["schemas"]["mc_contacts.ContactRequest"]["properties"]["custom_fields"] = {"type": "object"}


class Operation:
    """One method of one path."""

    def __init__(self, method: str, path: str, declared: dict[str, Any]) -> None:
        """Read what is declared of it; `path` has its parameters in braces."""
        self.method, self.path, self._declared = method, path, declared
        self.pattern = re.compile(re.sub(r"\{[^}]+\}", "([^/]+)", path))

    @functools.cached_property
    def query(self) -> dict[str, dict[str, Any]]:
        """The parameters of its query by name."""
        found = map(resolved, self._declared.get("parameters", []))
        return {parameter["name"]: parameter for parameter in found if parameter["in"] == "query"}

    @functools.cached_property
    def body(self) -> Any:
        """The schema of its body; None where it has none."""
        return _schema(self._declared.get("requestBody"))

    @functools.cached_property
    def answers(self) -> dict[int, Any]:
        """The schemas of its good answers by status; None where one has no document."""
        found = self._declared["responses"].items()
        return {int(status): _schema(answer) for status, answer in found if status.startswith("2")}

    @functools.cached_property
    def _body_validator(self) -> Any:
        return _validator(_closed(self.body))

    @functools.cached_property
    def _answer_validators(self) -> dict[int, Any]:
        return {status: _validator(schema) for status, schema in self.answers.items() if schema}

    def problems(self, query: str, body: bytes) -> Iterator[str]:
        """Yield what is wrong with a request to it."""
        yield from self._query_problems(query)
        if not self.body:
            if body.strip() not in (b"", b"{}"):
                yield "it has a body"
            return
        try:
            document = json.loads(body)
        except ValueError:
            yield "its body is not JSON"
            return
        yield from _problems(self._body_validator, document)

    def _query_problems(self, query: str) -> Iterator[str]:
        given = parse_qsl(query, keep_blank_values=True)
        for name in {name for name, _ in given} - self.query.keys():
            yield f"the query {name} is unknown"
        for name, parameter in self.query.items():
            values = [value for key, value in given if key == name]
            if not values:
                if parameter.get("required"):
                    yield f"the query {name} is missing"
                continue
            schema = resolved(parameter["schema"])
            for problem in _problems(_validator(schema), _read(values, schema)):
                yield f"the query {name}: {problem}"

    def answer_problems(self, status: int, document: Any) -> Iterator[str]:
        """Yield what is wrong with a good answer of it."""
        if status not in self.answers:
            yield f"{status} is not among {sorted(self.answers)}"
        elif status in self._answer_validators:
            yield from _problems(self._answer_validators[status], document)


@functools.cache
def operations() -> tuple[Operation, ...]:
    """List all operations, those with the fewest parameters in their path first."""
    found = [
        Operation(method.upper(), path, declared)
        for path, methods in _PATHS.items()
        for method, declared in methods.items()
    ]
    return tuple(sorted(found, key=lambda operation: operation.path.count("{")))


def operation_at(method: str, path: str) -> Operation | None:
    """Return the operation that a request means; None where the specification has none."""
    for operation in operations():
        if operation.method == method and operation.pattern.fullmatch(path):
            return operation
    return None


def request_problems(method: str, path: str, query: str, body: bytes) -> list[str]:
    """List what is wrong with a request, each with its method and path."""
    operation = operation_at(method, path)
    problems = operation.problems(query, body) if operation else ["the specification has no such operation"]
    return [f"{method} {path}: {problem}" for problem in problems]


def answer_problems(method: str, path: str, status: int, document: Any) -> list[str]:
    """List what is wrong with a good answer."""
    operation = operation_at(method, path)
    problems = operation.answer_problems(status, document) if operation else []
    return [f"answer to {method} {path}: {problem}" for problem in problems]


def resolved(node: Any) -> Any:
    """Return what a reference refers to, with what was written beside it; anything else as it is."""
    if "$ref" not in node:
        return node
    found: Any = _SPECIFICATION
    for part in node["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return {**resolved(found), **{key: value for key, value in node.items() if key != "$ref"}}


def _schema(holder: Any) -> Any:
    """Return the JSON schema of a body or an answer; None where it is not JSON."""
    content = resolved(holder).get("content", {}) if holder else {}
    return content.get("application/json", {}).get("schema")


def _closed(schema: Any, *, branch: bool = False) -> Any:
    """Return a schema with its references written out, which admits no unknown property."""
    if isinstance(schema, list):
        return [_closed(item, branch=branch) for item in schema]
    if not isinstance(schema, dict):
        return schema
    schema = resolved(schema)
    closed = {
        key: {name: _closed(value) for name, value in part.items()}
        if key == "properties"
        else _closed(part, branch=key in _BRANCHES)
        for key, part in schema.items()
    }
    open_ended = "additionalProperties" in closed or branch
    if not open_ended and ("properties" in closed or "allOf" in closed):
        closed["unevaluatedProperties"] = False
    return closed


def _validator(schema: dict[str, Any]) -> Any:
    return jsonschema_rs.Draft202012Validator({**schema, "components": _COMPONENTS})


def _problems(validator: Any, document: Any) -> Iterator[str]:
    for error in validator.iter_errors(document):
        where = "/".join(map(str, error.instance_path))
        yield f"{where or 'the document'}: {error.message[:300]}"


def _read(values: list[str], schema: dict[str, Any]) -> Any:
    """Read the values of one query as the type that its schema wants."""
    match schema.get("type"):
        case "array":
            return [part for value in values for part in value.split(",")]
        case "integer" | "number" if re.fullmatch(r"-?\d+", values[-1]):
            return int(values[-1])
        case "boolean" if values[-1] in ("true", "false"):
            return values[-1] == "true"
    return values[-1]
