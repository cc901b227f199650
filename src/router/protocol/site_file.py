"""A site file: YAML text to plain data with the line of every value, and back.

YAML is read in its JSON-like core, without surprises: `no` and `on` are texts, and so are `14:00` and `2026-11-27`.
Text that could grow (aliases) or run (tags) is refused, as are keys that stand twice. What the data means is checked
elsewhere.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
import yaml

from router.core.site.problems import Problem, shown
from router.core.site.shape import join

FILE_SIZE = 16 * 2**20
"""Bytes: 20,000 rules take about half of it."""

DEPTH = 20
"""Levels of nesting: a site has nine."""

LINE_WIDTH = 120
"""Characters, where a written line may be broken."""

_NULL = re.compile(r"~|null|Null|NULL|")
_BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,29})")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,29})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?")

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C where PyYAML has it: the same events, ten times faster."""


class SiteFile(msgspec.Struct, frozen=True):
    """What was read: plain data, the line (from 1) of each place, and what is wrong with the text."""

    data: Any
    lines: Mapping[str, int]
    problems: list[Problem]

    def line_of(self, place: str) -> int:
        """The line of a place, or of the nearest one around it."""
        while place and place not in self.lines:
            place = place[: max(place.rfind("."), place.rfind("["), 0)]
        return self.lines.get(place, 1)


def read_site_file(content: bytes) -> SiteFile:
    """Read a site file; what is not YAML is a problem, never an exception."""
    if len(content) > FILE_SIZE:
        return _refused(f"the file has {len(content)} bytes, {FILE_SIZE} are allowed", 1)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _refused(f"the file is not UTF-8: {error.reason}", 1 + content[: error.start].count(b"\n"))
    reader = _Reader()
    try:
        for event in yaml.parse(text, _Loader):
            reader.take(event)
    except _Refused as refused:
        return _refused(refused.message, refused.line)
    except yaml.MarkedYAMLError as error:
        reason = ", ".join(part for part in (error.context, error.problem) if part)
        return _refused(f"this is not YAML: {reason}", error.problem_mark.line + 1 if error.problem_mark else 1)
    except yaml.reader.ReaderError as error:
        return _refused(f"this is not YAML: {error.reason}", 1 + text[: error.position].count("\n"))
    return SiteFile(reader.data, reader.lines, reader.problems)


def write_site_file(document: Mapping[str, Any]) -> str:
    """Write plain data as YAML that reads back equal: sections apart, in the order given, one line a small thing."""
    return "\n".join(
        yaml.dump(
            _Section({section: value}),
            Dumper=_Dumper,
            allow_unicode=True,
            default_flow_style=None,
            sort_keys=False,
            width=LINE_WIDTH,
        )
        for section, value in document.items()
    )


def _refused(message: str, line: int) -> SiteFile:
    return SiteFile(None, {"": line}, [Problem("", message)])


class _Refused(Exception):
    """The text uses something that a site file may not."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class _Reader:
    """Builds plain data from the events of the parser, with a stack of its own: no text can exhaust Python's."""

    def __init__(self) -> None:
        self.data: Any = None
        self.lines: dict[str, int] = {}
        self.problems: list[Problem] = []
        self._open: list[_Open] = []
        self._documents = 0

    def take(self, event: Any) -> None:
        """Take the next event."""
        line = event.start_mark.line + 1
        match event:
            case yaml.AliasEvent():
                raise _Refused(f"aliases (*{event.anchor}) are not allowed: write the value out", line)
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise _Refused("a site file holds one document: '---' stands in it twice", line)
            case yaml.ScalarEvent():
                self._add(_scalar(event), event, line)
            case yaml.SequenceStartEvent():
                self._enter([], event, line)
            case yaml.MappingStartEvent():
                self._enter({}, event, line)
            case yaml.CollectionEndEvent():
                self._open.pop()

    def _enter(self, collection: list[Any] | dict[str, Any], event: Any, line: int) -> None:
        if len(self._open) >= DEPTH:
            raise _Refused(f"expected at most {DEPTH} levels of nesting", line)
        place = self._add(collection, event, line)
        self._open.append(_Open(collection, place))

    def _add(self, value: Any, event: Any, line: int) -> str:
        """Put a value where it stands; the answer is its place."""
        if event.tag is not None and event.tag != "!":
            raise _Refused(f"tags ({event.tag}) are not allowed", line)
        if not self._open:
            self.data = value
            self.lines[""] = line
            return ""
        parent = self._open[-1]
        if isinstance(parent.collection, list):
            place = f"{parent.place}[{len(parent.collection)}]"
            parent.collection.append(value)
        elif parent.key is None:
            return self._add_key(parent, event, line)
        else:
            place = join(parent.place, parent.key)
            parent.collection[parent.key] = value
            parent.key = None
        self.lines.setdefault(place, line)
        return place

    def _add_key(self, parent: "_Open", event: Any, line: int) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            raise _Refused("a key must be a text", line)
        key = str(event.value)
        place = join(parent.place, key)
        if key in parent.collection:
            first = self.lines[place]
            self.problems.append(Problem(place, f"the key {shown(key)} stands twice, first in line {first}"))
        self.lines[place] = line
        parent.key = key
        return place


class _Open:
    """A collection that is being read; `key` is the one of a mapping whose value comes next."""

    def __init__(self, collection: list[Any] | dict[str, Any], place: str) -> None:
        self.collection = collection
        self.place = place
        self.key: str | None = None


def _scalar(event: Any) -> Any:
    text: str = event.value
    if not event.implicit[0]:
        return text  # quoted, or a block of text
    if _NULL.fullmatch(text):
        return None
    if _BOOLEAN.fullmatch(text):
        return text.lower() == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        return float(text)
    return text


class _Section(dict[str, Any]):
    """A part of the file that starts a line of its own, however small it is."""


class _Dumper(yaml.SafeDumper):
    """Quotes what any reader of YAML, this one or another, would take for something else than a text."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write a value out each time that it stands somewhere."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent the entries of a list under their key."""
        return super().increase_indent(flow, False)


_Dumper.add_representer(
    _Section, lambda dumper, section: dumper.represent_mapping("tag:yaml.org,2002:map", section, flow_style=False)
)
# a resolver matches the beginning of a text only
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(_NUMBER.pattern + r"\Z"), list("-0123456789"))
