"""The shape of a document: does everything stand where it may, with the type it must have?

msgspec stops at the first error, people want to see them all. So the types of `document` are walked along with the
value; what is broken is noted and left out, and what remains is sound enough to be checked for its meaning.
"""

import re
from collections.abc import Callable
from typing import Any, Final

import msgspec
from msgspec import inspect

from router.core.site.document import SiteDocument
from router.core.site.problems import Problems, one_of, shown

TEXT_LENGTH = 4_000
"""Characters of one text: those of a message."""

ITEMS = 20_000
"""Entries of one list or mapping."""

BIGGEST = 10**15
"""Numbers up to here are exact in every program that reads them."""

# What is no character, what cannot be stored, and what no editor shows; tabs and line ends are allowed.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")

_INDEX = re.compile(r"\[(\d+)\]")

_EXPECTED = {
    inspect.StrType: "a text",
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.BoolType: "true or false",
    inspect.ListType: "a list",
    inspect.DictType: "a mapping",
    inspect.StructType: "a mapping",
    inspect.NoneType: "nothing",
}


class _Broken:
    """Stands for a value of which nothing sound remains."""


_BROKEN: Final = _Broken()


class Shape:
    """What is left of a document once its broken parts are out, and the problems with them."""

    def __init__(self, raw: object) -> None:
        self.problems = Problems()
        self._kept: dict[str, list[int]] = {}
        remains = self._walk(raw, inspect.type_info(SiteDocument), "")
        self.document = None if remains is _BROKEN else msgspec.convert(remains, SiteDocument)

    @property
    def is_whole(self) -> bool:
        """Tell whether no list lost an entry."""
        return not self._kept

    def place_of(self, place: str) -> str:
        """The place in the document as written of a place in the remains: entries left out shift the others."""
        original = ""
        position = 0
        for index in _INDEX.finditer(place):
            original += place[position : index.start()]
            kept = self._kept.get(original)
            original += index[0] if kept is None else f"[{kept[int(index[1])]}]"
            position = index.end()
        return original + place[position:]

    def _walk(self, value: Any, type_: inspect.Type, place: str) -> Any:
        match type_:
            case inspect.StructType() if isinstance(value, dict):
                return self._struct(value, type_, place)
            case inspect.ListType() if isinstance(value, list):
                return self._list(value, lambda item, at: self._walk(item, type_.item_type, at), place)
            case inspect.DictType() if isinstance(value, dict):
                return self._mapping(value, type_.value_type, place)
            case inspect.UnionType():
                return self._walk(value, _member_for(value, type_), place)
            case inspect.LiteralType():
                return self._choice(value, [str(one) for one in type_.values], place)
            case inspect.EnumType():
                return self._choice(value, [str(one.value) for one in type_.cls], place)
            case inspect.AnyType():
                if isinstance(value, list):
                    return self._list(value, self._scalar, place)
                return self._scalar(value, place)
            case inspect.StrType() if isinstance(value, str):
                return self._text(value, place)
            case inspect.IntType() if isinstance(value, int) and not isinstance(value, bool):
                return self._number(value, place)
            case inspect.FloatType() if isinstance(value, int | float) and not isinstance(value, bool):
                return self._number(value, place)
            case inspect.BoolType() if isinstance(value, bool):
                return value
            case inspect.NoneType() if value is None:
                return None
        return self._broken(place, f"expected {_EXPECTED[type(type_)]}, got {shown(value)}")

    def _struct(self, value: dict[Any, Any], type_: inspect.StructType, place: str) -> Any:
        fields = {field.encode_name: field for field in type_.fields}
        for key in value:
            if key not in fields:
                self.problems.error(join(place, str(key)), f"unknown key {shown(key)}{one_of(str(key), fields)}")
        remains: dict[str, Any] = {}
        for name, field in fields.items():
            if name in value:
                remains[name] = self._walk(value[name], field.type, join(place, name))
                if remains[name] is _BROKEN and not field.required:
                    del remains[name]
            elif field.required:
                remains[name] = self._broken(place, f"the key {name!r} is missing")
        return _BROKEN if _BROKEN in remains.values() else remains

    def _list(self, value: list[Any], walk: Callable[[Any, str], Any], place: str) -> Any:
        if len(value) > ITEMS:
            return self._broken(place, f"expected at most {ITEMS} entries, got {len(value)}")
        walked = [walk(item, f"{place}[{index}]") for index, item in enumerate(value)]
        kept = [index for index, item in enumerate(walked) if item is not _BROKEN]
        if len(kept) < len(walked):
            self._kept[place] = kept
        return [walked[index] for index in kept]

    def _mapping(self, value: dict[Any, Any], value_type: inspect.Type, place: str) -> Any:
        if len(value) > ITEMS:
            return self._broken(place, f"expected at most {ITEMS} entries, got {len(value)}")
        remains = {}
        for key, item in value.items():
            sound_key = self._walk(key, inspect.StrType(), join(place, str(key)))
            sound_item = self._walk(item, value_type, join(place, str(key)))
            if sound_key is not _BROKEN and sound_item is not _BROKEN:
                remains[key] = sound_item
        return remains

    def _scalar(self, value: Any, place: str) -> Any:
        """What may stand as the value of a condition, alone or in a list."""
        match value:
            case str():
                return self._text(value, place)
            case bool():
                return value
            case int() | float():
                return self._number(value, place)
        return self._broken(place, f"expected a text, a number, true or false, got {shown(value)}")

    def _choice(self, value: Any, allowed: list[str], place: str) -> Any:
        if isinstance(value, str) and value in allowed:
            return value
        return self._broken(place, f"expected one of {', '.join(allowed)}, got {shown(value)}")

    def _text(self, value: str, place: str) -> Any:
        if len(value) > TEXT_LENGTH:
            return self._broken(place, f"expected at most {TEXT_LENGTH} characters, got {len(value)}")
        unprintable = _UNPRINTABLE.search(value)
        if unprintable is not None:
            return self._broken(place, f"{shown(value)} contains the character U+{ord(unprintable[0]):04X}")
        return value

    def _number(self, value: int | float, place: str) -> Any:
        if abs(value) <= BIGGEST:
            return value
        return self._broken(place, f"expected a number between -{BIGGEST} and {BIGGEST}, got {shown(value)}")

    def _broken(self, place: str, message: str) -> _Broken:
        self.problems.error(place, message)
        return _BROKEN


def join(place: str, key: str) -> str:
    """The place of a key within a place."""
    return f"{place}.{key}" if place else key


def _member_for(value: Any, type_: inspect.UnionType) -> inspect.Type:
    """The member of a union that the value was most likely meant to be."""
    if value is None and type_.includes_none:
        return inspect.NoneType()
    members = [one for one in type_.types if not isinstance(one, inspect.NoneType)]
    if isinstance(value, dict):
        members.sort(key=lambda one: not isinstance(one, inspect.StructType | inspect.DictType))
    elif any(isinstance(one, inspect.LiteralType) for one in members):
        members.sort(key=lambda one: not isinstance(one, inspect.LiteralType))
    elif any(isinstance(one, inspect.FloatType) for one in members):
        members.sort(key=lambda one: not isinstance(one, inspect.FloatType))
    return members[0]
