"""The AsyncAPI document as a stranger reads it: messages by direction and name, their fields, what is valid."""

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator

Json = dict[str, Any]


def look_up(document: Json, reference: str) -> Any:
    """What a `$ref` names."""
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def references(part: Any) -> Iterator[str]:
    """Every `$ref` in a document."""
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for inner in part.values():
            yield from references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from references(inner)


def payloads(document: Json, channel: str, action: str) -> dict[str, list[Json]]:
    """By name, the payload schemas of the messages that the server receives or sends on a channel."""
    found: dict[str, list[Json]] = {}
    for operation in document["operations"].values():
        if operation["action"] == action and operation["channel"]["$ref"] == f"#/channels/{channel}":
            for reference in operation["messages"]:
                message = look_up(document, reference["$ref"])
                found.setdefault(message["name"], []).append(message["payload"])
    return found


def objects_at(document: Json, payload: Json, path: str) -> list[Json]:
    """The object schemas at a place of a payload (`site.templates`), through lists and choices."""
    found = [*_objects(document, payload)]
    for step in filter(None, path.split(".")):
        found = [inner for each in found for inner in _objects(document, each["properties"][step])]
    return found


def choices_at(document: Json, payload: Json, path: str) -> set[Any]:
    """The values that an enumeration at a place of a payload allows."""
    *above, last = path.split(".")
    return {
        value
        for each in objects_at(document, payload, ".".join(above))
        for schema in _resolved(document, each["properties"][last])
        for value in schema.get("enum", ())
    }


def validator(document: Json, schema: Json) -> Draft202012Validator:
    """Judges JSON values by a schema that stands in the document."""
    return Draft202012Validator({**schema, "components": document["components"]})


def _objects(document: Json, schema: Json) -> Iterator[Json]:
    for each in _resolved(document, schema):
        if "items" in each:
            yield from _objects(document, each["items"])
        elif "properties" in each:
            yield each


def _resolved(document: Json, schema: Json) -> Iterator[Json]:
    """The schema behind references, and each of its alternatives."""
    if "$ref" in schema:
        yield from _resolved(document, look_up(document, schema["$ref"]))
    elif "anyOf" in schema:
        for each in schema["anyOf"]:
            yield from _resolved(document, each)
    else:
        yield schema
