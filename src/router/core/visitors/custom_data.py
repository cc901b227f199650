"""Custom data as a page reports it: declared names and right types pass, sorted by scope (W20)."""

from collections.abc import Mapping
from sys import intern
from typing import Literal

import msgspec

from router.core.visitors.visit import DataValue

TEXT_LENGTH = 500
"""Characters of a text value."""


class CustomData(msgspec.Struct, frozen=True, kw_only=True):
    """A declared name: type, scope, the values of a choice; and unit and label (by language) that agents are shown."""

    type: Literal["text", "number", "boolean", "choice"]
    scope: Literal["page", "visit", "visitor"] = "visit"
    values: tuple[str, ...] = ()
    unit: str | None = None
    label: Mapping[str, str] = {}

    def problem_with(self, value: DataValue) -> str | None:
        """What is wrong with a value, in words; None when nothing is."""
        match self.type:
            case "number":
                if isinstance(value, bool) or not isinstance(value, int | float):
                    return f"expected a number, got {_shown(value)}"
            case "boolean":
                if not isinstance(value, bool):
                    return f"expected true or false, got {_shown(value)}"
            case "choice":
                if value not in self.values:
                    return f"expected one of {', '.join(self.values)}, got {_shown(value)}"
            case "text":
                if not isinstance(value, str):
                    return f"expected a text, got {_shown(value)}"
                if len(value) > TEXT_LENGTH:
                    return f"expected at most {TEXT_LENGTH} characters, got {len(value)}"
        return None


class Reported(msgspec.Struct):
    """Reported values sorted: by scope, undeclared names (ignored and counted), and what is wrong by name."""

    visit: dict[str, DataValue | None]
    page: dict[str, DataValue | None]
    undeclared: list[str]
    problems: dict[str, str]


def sort_reported(values: Mapping[str, DataValue | None], declared: Mapping[str, CustomData]) -> Reported:
    """Sort what a page reported; None removes a value. Values of scope visitor belong to the visit too."""
    reported = Reported({}, {}, [], {})
    for sent, value in values.items():
        definition = declared.get(sent)
        if definition is None:
            reported.undeclared.append(sent)
            continue
        name = intern(sent)  # one text for all visits
        if value is not None and (problem := definition.problem_with(value)) is not None:
            reported.problems[name] = problem
        elif definition.scope == "page":
            reported.page[name] = value
        else:
            reported.visit[name] = value
    return reported


def _shown(value: DataValue) -> str:
    """The value as it was sent, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
