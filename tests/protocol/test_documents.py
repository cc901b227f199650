"""The published contracts: valid, whole, in agreement with the page that clients are written from, and true."""

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.routing import Route

from router.engine import agents
from router.protocol.api import OPERATIONS, Security
from router.protocol.asyncapi import CLOSE_CODES, asyncapi_document
from router.protocol.openapi import openapi_document
from router.servers.http.application import make_application
from router.servers.http.conversations import ConversationResource
from router.servers.http.explain import Explain
from router.servers.http.health import Health
from router.servers.http.sessions import SessionResource
from router.servers.http.tickets import Tickets
from router.servers.sockets import transport
from router.servers.sockets.agent import AgentEndpoint
from tests.protocol.messages import UNIONS, Shape, json_values, messages, shapes, tag_of
from tests.protocol.published import choices_at, look_up, objects_at, payloads, references, validator

SOCKETS = asyncapi_document("1.2.3")
HTTP = openapi_document("1.2.3")

SHAPES = [(channel, action, shape) for channel, action in UNIONS for shape in shapes(channel, action)]
NAMES = [f"{channel}-{action}-{shape.__name__}" for channel, action, shape in SHAPES]
RECEIVED = [(channel, shape) for channel, action, shape in SHAPES if action == "receive"]

SNAPSHOT = "id version generation state agent? position? expected_wait? last_seq messages"
MESSAGE = "seq from name? text at client_msg_id?"
IDENTITY = "id name? email? expires hmac"

PAGE = {
    ("visitor", "receive"): {
        "hello": "visitor? resume? page window language? device? data? identity? consent? tab",
        "hello.resume": "conversation generation seq unacked",
        "hello.page": "id url referrer? title?",
        "hello.window": "width height",
        "hello.device": "touch_points mobile? platform?",
        "hello.identity": IDENTITY,
        "identify": "identity",
        "identify.identity": IDENTITY,
        "consent": "granted",
        "page": "id url title? data?",
        "data": "values",
        "window": "width height",
        "shown": "engagement",
        "dismiss": "engagement",
        "engage": "engagement",
        "say": "client_msg_id text engagement?",
        "offline_form": "client_msg_id text name? email engagement",
        "typing": "on text?",
        "received": "seq",
        "read": "seq",
        "rate": "conversation score comment?",
        "leave": "",
        "transaction": "id amount",
        "transaction.amount": "amount currency",
        "ping": "",
    },
    ("visitor", "send"): {
        "welcome": "visitor visit worker site conversation?",
        "welcome.site": "name languages templates",
        "welcome.site.templates": "id kind",
        "welcome.conversation": SNAPSHOT,
        "welcome.conversation.messages": MESSAGE,
        "visit": "visit",
        "offer": "engagement rule action template text?",
        "withdraw": "engagement reason",
        "conversation": "id version generation state agent? position? expected_wait? last_seq",
        "conversation.agent": "name avatar?",
        "ack": "client_msg_id conversation seq",
        "message": f"conversation {MESSAGE}",
        "typing": "on",
        "delivered": "seq",
        "read": "seq",
        "resumed": "recovered missed? conversation?",
        "resumed.missed": MESSAGE,
        "resumed.conversation": SNAPSHOT,
        "pong": "",
        "error": "code message field? client_msg_id?",
    },
    ("agent", "receive"): {
        "status": "status capacity? active?",
        "say": "conversation client_msg_id text note?",
        "typing": "conversation on",
        "received": "conversation seq",
        "read": "conversation seq",
        "close": "conversation version outcome?",
        "visitors": "watch",
        "resume": "conversations",
        "resume.conversations": "id generation seq",
    },
    ("agent", "send"): {
        "welcome": "agent worker groups status capacity canned_replies conversations",
        "welcome.conversations": "id version generation state last_seq messages",
        "welcome.conversations.messages": MESSAGE,
        "assigned": "conversation version rule campaign group visitor messages assigned_because",
        "assigned.rule": "id name",
        "assigned.campaign": "id name",
        "assigned.messages": MESSAGE,
        "unassigned": "conversation version reason",
        "message": f"conversation {MESSAGE}",
        "ack": "client_msg_id conversation seq",
        "typing": "conversation on",
        "delivered": "conversation seq",
        "read": "conversation seq",
        "conversation": "conversation id version generation state last_seq",
        "resumed": "conversation? recovered missed?",
        "resumed.missed": MESSAGE,
        "status": "status capacity reason",
        "queue": "groups",
        "queue.groups": "id waiting longest_wait online free",
        "colleagues": "colleagues",
        "colleagues.colleagues": "id name status free groups",
        "visitor": "",
        "error": "code message field? client_msg_id?",
    },
}
"""The wire contract: by place, the fields of every message; those with `?` may be missing. `transfer` and `take` of the
agent come with the desk that uses them."""

CHOICES = [
    ("visitor", "send", "offer", "action", "button invitation message chatbox offline_form"),
    ("visitor", "send", "conversation", "state", "queued assigned closed offline"),
    ("agent", "receive", "status", "status", "online away offline"),
    ("agent", "receive", "close", "outcome", "resolved unresolved sale spam"),
    ("agent", "send", "status", "status", "online away offline"),
    (
        "visitor",
        "send",
        "error",
        "code",
        "bad_message unknown_type too_long rate_limited forbidden not_found conflict full not_available no_rule closed "
        "retry",
    ),
]


# -- the sockets: a valid document


def test_the_document_says_what_and_which_version() -> None:
    assert SOCKETS["asyncapi"] == "3.0.0"
    assert SOCKETS["info"]["version"] == "1.2.3"
    assert SOCKETS["info"]["title"]
    assert {name: channel["address"] for name, channel in SOCKETS["channels"].items()} == {
        "visitor": "/ws/visitor",
        "agent": "/ws/agent",
    }


def test_every_reference_leads_somewhere() -> None:
    for reference in references(SOCKETS):
        assert isinstance(look_up(SOCKETS, reference), dict)


def test_every_message_has_a_name_a_summary_and_a_payload_of_its_type() -> None:
    for channel in SOCKETS["channels"].values():
        for message in channel["messages"].values():
            payload = look_up(SOCKETS, message["payload"]["$ref"])
            assert payload["properties"]["type"] == {"enum": [message["name"]]}
            assert "type" in payload["required"]
            assert message["summary"].endswith(".")


@pytest.mark.parametrize("dialect", [Draft7Validator, Draft202012Validator])
def test_every_schema_is_one(dialect: Any) -> None:
    for schema in SOCKETS["components"]["schemas"].values():
        dialect.check_schema(schema)


@pytest.mark.parametrize(("channel", "action"), UNIONS)
def test_an_operation_names_every_message_of_its_channel_and_direction(channel: str, action: str) -> None:
    operation = SOCKETS["operations"][f"{channel}.{action}"]
    assert operation["action"] == action
    names = [look_up(SOCKETS, reference["$ref"])["name"] for reference in operation["messages"]]
    assert names == [tag_of(shape) for shape in shapes(channel, action)]


def test_the_query_of_each_socket_is_described() -> None:
    query = {name: channel["bindings"]["ws"]["query"] for name, channel in SOCKETS["channels"].items()}
    assert (set(query["visitor"]["properties"]), query["visitor"]["required"]) == ({"site", "app_key"}, ["site"])
    assert (set(query["agent"]["properties"]), query["agent"]["required"]) == ({"ticket"}, ["ticket"])


def test_close_codes_are_those_of_the_contract_and_include_those_in_use() -> None:
    assert set(CLOSE_CODES) == {1000, 1008, 1009, 1011, 1012, 1013, 4001, 4003}
    assert {transport.BAD_HELLO, agents.NOT_ALLOWED} <= set(CLOSE_CODES)
    for channel in SOCKETS["channels"].values():
        assert channel["x-close-codes"] == {str(code): meaning for code, meaning in CLOSE_CODES.items()}
        assert all(f"{code}: {meaning}" in channel["description"] for code, meaning in CLOSE_CODES.items())


# -- the sockets: in agreement with the page


@pytest.mark.parametrize(
    ("direction", "place"),
    [(direction, place) for direction, places in PAGE.items() for place in places],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_a_message_has_the_fields_of_the_contract(direction: tuple[str, str], place: str) -> None:
    """What we send is there unless it may be missing; of what we receive, no more is needed than the page asks for."""
    name, _, path = place.partition(".")
    fields = PAGE[direction][place].split()
    needed = {field for field in fields if not field.endswith("?")}
    found = payloads(SOCKETS, *direction)[name]
    assert found
    for payload in found:
        objects = objects_at(SOCKETS, payload, path)
        assert objects
        for each in objects:
            assert {field.removesuffix("?") for field in fields} <= set(each["properties"])
            required = set(each["required"]) - {"type"}
            assert required <= needed if direction[1] == "receive" else needed <= required


@pytest.mark.parametrize(("channel", "action", "name", "field", "values"), CHOICES)
def test_an_enumeration_has_the_values_of_the_contract(
    channel: str, action: str, name: str, field: str, values: str
) -> None:
    for payload in payloads(SOCKETS, channel, action)[name]:
        assert choices_at(SOCKETS, payload, field) == set(values.split())


# -- the sockets: true


@pytest.mark.parametrize(("channel", "action", "shape"), SHAPES, ids=NAMES)
@settings(max_examples=10)
@given(st.data())
def test_what_is_encoded_is_valid(channel: str, action: str, shape: Shape, data: st.DataObject) -> None:
    encoded = msgspec.json.encode(data.draw(messages(shape)))
    schema = {"$ref": f"#/components/schemas/{channel}.{shape.__name__}"}
    validator(SOCKETS, schema).validate(msgspec.json.decode(encoded))


wrong_values = json_values.filter(lambda value: not (isinstance(value, float) and value.is_integer()))
"""For JSON Schema 1.0 is an integer, for the decoder it is not."""


@pytest.mark.parametrize(("channel", "shape"), RECEIVED, ids=[f"{c}-{s.__name__}" for c, s in RECEIVED])
@settings(max_examples=15)
@given(st.data())
def test_the_decoder_refuses_what_the_schema_refuses_and_nothing_else(
    channel: str, shape: Shape, data: st.DataObject
) -> None:
    value = msgspec.json.decode(msgspec.json.encode(data.draw(messages(shape))))
    names = [name for name in shape.__struct_encode_fields__ if name != "type"]
    for name in data.draw(st.lists(st.sampled_from(names), max_size=2)) if names else ():
        value[name] = data.draw(wrong_values)
    schema = {"$ref": f"#/components/schemas/{channel}.{shape.__name__}"}
    try:
        msgspec.json.decode(msgspec.json.encode(value), type=shape)
        accepted = True
    except msgspec.ValidationError:
        accepted = False
    assert validator(SOCKETS, schema).is_valid(value) is accepted


# -- HTTP


def test_the_openapi_document_is_valid() -> None:
    OpenAPIV31SpecValidator(HTTP).validate()
    assert HTTP["info"]["version"] == "1.2.3"


def test_every_path_of_the_application_is_in_the_document_and_no_other() -> None:
    nothing: Any = None  # only paths are read: no resource is asked for anything
    application = make_application(
        Health(nothing, nothing, nothing),
        SessionResource(nothing, nothing, nothing, nothing, nothing),
        Tickets(nothing, nothing),
        ConversationResource(nothing, nothing, nothing),
        Explain(nothing, nothing),
        AgentEndpoint(nothing, (), nothing),
    )
    routes = {
        (route.path, method.lower())
        for route in application.routes
        if isinstance(route, Route) and route.include_in_schema
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert routes == {(path, method) for path, methods in HTTP["paths"].items() for method in methods}


def test_problems_and_keys_are_described() -> None:
    for operation in OPERATIONS:
        written = HTTP["paths"][operation.path][operation.method.lower()]
        assert written["security"] == [{way: []} for way in operation.security]
        problems = {status for status, answer in written["responses"].items() if _is_problem(answer)}
        assert "default" in problems
        assert "401" in problems or not written["security"]
    assert set(HTTP["components"]["securitySchemes"]) == set(get_args(Security))


def test_whoever_asks_for_anything_of_a_site_is_named() -> None:
    open_to_all = {operation.id for operation in OPERATIONS if not operation.security}
    assert {name for name in open_to_all if name not in ("logIn", "logOut")} == {
        *("isAlive", "isReady", "getMetrics", "getOpenApi", "getAsyncApi")
    }


def _is_problem(answer: dict[str, Any]) -> bool:
    content = answer.get("content", {}).get("application/problem+json")
    return bool(content == {"schema": {"$ref": "#/components/schemas/ProblemDetails"}})
