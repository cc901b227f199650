"""Random messages of the contract, made from the structs alone: every field, every limit, optional ones left out."""

from collections.abc import Mapping
from typing import Any, get_args

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from router.protocol import agent, visitor

Shape = type[msgspec.Struct]

UNIONS: Mapping[tuple[str, str], Any] = {
    ("visitor", "receive"): visitor.FromVisitor,
    ("visitor", "send"): visitor.ToVisitor,
    ("agent", "receive"): agent.FromAgent,
    ("agent", "send"): agent.ToAgent,
}
"""The messages that the server receives and sends, by channel."""

LONGEST = 20
"""Characters of most texts: more would only make the tests slow."""

CHARACTERS = st.characters(exclude_categories=["Cs"])
"""All but surrogates, which are no text of their own."""

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(CHARACTERS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(CHARACTERS), inner, max_size=3),
    max_leaves=5,
)


def shapes(channel: str, action: str) -> tuple[Shape, ...]:
    """The messages of one direction of one channel."""
    return get_args(UNIONS[channel, action])


def tag_of(shape: Shape) -> str:
    """What stands in `type`."""
    return str(shape.__struct_config__.tag)


def messages(shape: Shape) -> st.SearchStrategy[msgspec.Struct]:
    """Every message of a shape."""
    info = inspect.type_info(shape)
    assert isinstance(info, inspect.StructType)
    return _structs(info)


def _structs(info: inspect.StructType) -> st.SearchStrategy[msgspec.Struct]:
    needed = {field.name: _values(field.type) for field in info.fields if field.required}
    optional = {field.name: _values(field.type) for field in info.fields if not field.required}
    return st.fixed_dictionaries(needed, optional=optional).map(lambda fields: info.cls(**fields))


def _values(info: inspect.Type) -> st.SearchStrategy[Any]:
    match info:
        case inspect.StructType():
            return _structs(info)
        case inspect.UnionType():
            return st.one_of([_values(each) for each in info.types])
        case inspect.ListType():
            return st.lists(_values(info.item_type), max_size=3)
        case inspect.DictType():
            return st.dictionaries(_values(info.key_type), _values(info.value_type), max_size=3)
        case inspect.LiteralType():
            return st.sampled_from(info.values)
        case inspect.StrType(pattern=str(pattern)):
            return st.from_regex(pattern.replace("$", r"\Z"))
        case inspect.StrType():
            longest = LONGEST if info.max_length is None else min(info.max_length, LONGEST)
            return st.text(CHARACTERS, min_size=info.min_length or 0, max_size=longest)
        case inspect.IntType():
            return st.integers(info.ge, info.le)
        case inspect.FloatType():
            return st.floats(allow_nan=False, allow_infinity=False)
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
        case inspect.AnyType():
            return json_values
    raise AssertionError(f"messages hold something new: {info}")
