"""The OpenAPI 3.1 document, made from the table of HTTP operations and the structs of their bodies."""

from http import HTTPStatus
from typing import Any

import msgspec

from router.protocol.api import OPERATIONS, Answer, Operation, ProblemDetails
from router.protocol.people import SESSION_COOKIE

PROBLEM = "application/problem+json"

TEXT = {"type": "string"}

SCHEMA = "#/components/schemas/{name}"
"""Where a struct's schema stands in the document."""


def openapi_document(version: str) -> dict[str, Any]:
    """The document as plain JSON values; `version` is that of the package."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    answers = [answer for operation in OPERATIONS for answer in operation.answers.values()]
    shapes = [answer.shape for answer in answers if answer.shape is not None]
    bodies = [operation.body for operation in OPERATIONS if operation.body is not None]
    _, schemas = msgspec.json.schema_components([*shapes, *bodies, ProblemDetails], ref_template=SCHEMA)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Conversation router: HTTP",
            "version": version,
            "description": "The sockets of visitors and agents are described in /api/asyncapi.json.",
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "apiKey": {"type": "http", "scheme": "bearer", "description": "`router api-key` prints one."},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": SESSION_COOKIE,
                    "description": "Set by `POST /api/v1/sessions`. Changes are taken from our own origin only.",
                },
            },
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    written: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "security": [{way: []} for way in operation.security],
        "parameters": [
            *({**place._asdict(), "in": "path", "required": True, "schema": TEXT} for place in operation.places),
            *({**parameter._asdict(), "in": "query", "schema": TEXT} for parameter in operation.query),
        ],
        "responses": {
            **{str(status): _answer(answer) for status, answer in operation.answers.items()},
            **{str(status): _problem(HTTPStatus(status).phrase) for status in operation.problems},
            "default": _problem("An error of ours, or the store does not answer"),
        },
    }
    if operation.body is not None:
        written["requestBody"] = {"required": True, "content": _content("application/json", operation.body)}
    return written


def _answer(answer: Answer) -> dict[str, Any]:
    content = {} if answer.shape is None else {"content": _content(answer.media_type, answer.shape)}
    return {"description": answer.description} | content


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": _content(PROBLEM, ProblemDetails)}


def _content(media_type: str, shape: Any) -> dict[str, Any]:
    (schema,), _ = msgspec.json.schema_components([shape], ref_template=SCHEMA)
    return {media_type: {"schema": schema}}
