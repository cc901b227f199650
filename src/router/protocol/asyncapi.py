"""The AsyncAPI 3 document of the two sockets, made from the structs of their messages.

What the structs cannot say stands here: how a socket is opened, and why it is closed.
"""

from collections.abc import Mapping
from inspect import getdoc
from typing import Any, get_args

import msgspec

from router.protocol import agent, visitor

CLOSE_CODES: Mapping[int, str] = {
    1000: "normal",
    1008: "policy: the site, origin or ticket was refused, or a flood, or three malformed messages in a minute",
    1009: "a frame was too big",
    1011: "our fault",
    1012: 'restart: the reason is JSON, {"retry_after": 3} in seconds; reconnect after it with full jitter',
    1013: "overload, or too slow a reader: likewise",
    4001: "the first message was no good hello, or came too late",
    4003: "not allowed any more: the right to be here was revoked",
}
"""Why the server closes a socket, by code."""

RULES = """\
JSON text frames, UTF-8, one message a frame, told apart by `type`; a frame is at most 64 KiB. Unknown fields are
ignored. A malformed message is answered by `error`, and the connection stays open.

A conversation's `version` changes with its state and assignment, never with messages. Whoever changes these names the
version that was seen; if it is another one by now, the `error` is `conflict`, and how the conversation stands follows.

The server closes with a code:
"""


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A socket: its address, what its query and headers hold, and the messages of both directions."""

    name: str
    address: str
    title: str
    query: Mapping[str, str]
    """Description by name; those that end in `?` may be left out."""
    origin: str
    """What is asked of the `Origin` header."""
    receives: Any
    """Union of the messages that the server receives."""
    sends: Any
    """Union of the messages that the server sends."""


CHANNELS = (
    Channel(
        name="visitor",
        address="/ws/visitor",
        title="Visitors",
        query={"site": "Key of the site.", "app_key?": "Needed of an app, which sends no Origin."},
        origin="One of the site's, exactly.",
        receives=visitor.FromVisitor,
        sends=visitor.ToVisitor,
    ),
    Channel(
        name="agent",
        address="/ws/agent",
        title="Agents and bots",
        query={"ticket": "One-time ticket from POST /api/v1/agent-tickets."},
        origin="The server's own or one of the console's; a program sends none.",
        receives=agent.FromAgent,
        sends=agent.ToAgent,
    ),
)


def asyncapi_document(version: str) -> dict[str, Any]:
    """The document as plain JSON values; `version` is that of the package."""
    schemas: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for channel in CHANNELS:
        schemas |= _schemas(channel)
        for action, union in (("receive", channel.receives), ("send", channel.sends)):
            operations[f"{channel.name}.{action}"] = {
                "action": action,
                "channel": {"$ref": f"#/channels/{channel.name}"},
                "messages": [
                    {"$ref": f"#/channels/{channel.name}/messages/{shape.__name__}"} for shape in get_args(union)
                ],
            }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Conversation router: sockets",
            "version": version,
            "description": "HTTP is described in /api/openapi.json.",
            "license": {"name": "Apache 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {channel.name: _channel(channel) for channel in CHANNELS},
        "operations": operations,
        "components": {"schemas": schemas},
    }


def _shapes(channel: Channel) -> tuple[type[msgspec.Struct], ...]:
    """Every message of the channel, both directions."""
    return (*get_args(channel.receives), *get_args(channel.sends))


def _schemas(channel: Channel) -> dict[str, Any]:
    """The structs by name; visitors and agents have messages of the same name, so the channel stands before it."""
    template = f"#/components/schemas/{channel.name}.{{name}}"
    _, schemas = msgspec.json.schema_components(_shapes(channel), ref_template=template)
    return {f"{channel.name}.{name}": schema for name, schema in schemas.items()}


def _channel(channel: Channel) -> dict[str, Any]:
    names = {name.removesuffix("?"): text for name, text in channel.query.items()}
    query = {
        "type": "object",
        "properties": {name: {"type": "string", "description": text} for name, text in names.items()},
        "required": [name for name in channel.query if not name.endswith("?")],
    }
    headers = {"type": "object", "properties": {"Origin": {"type": "string", "description": channel.origin}}}
    return {
        "address": channel.address,
        "title": channel.title,
        "description": RULES + "".join(f"\n- {code}: {meaning}" for code, meaning in CLOSE_CODES.items()),
        "messages": {shape.__name__: _message(channel, shape) for shape in _shapes(channel)},
        "bindings": {"ws": {"method": "GET", "query": query, "headers": headers, "bindingVersion": "0.1.0"}},
        "x-close-codes": {str(code): meaning for code, meaning in CLOSE_CODES.items()},
    }


def _message(channel: Channel, shape: type[msgspec.Struct]) -> dict[str, Any]:
    return {
        "name": shape.__struct_config__.tag,
        "summary": getdoc(shape),
        "payload": {"$ref": f"#/components/schemas/{channel.name}.{shape.__name__}"},
    }
