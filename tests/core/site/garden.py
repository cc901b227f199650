"""The garden shop of `shop.yaml`: as plain data, changed in one place, compiled."""

import re
from copy import deepcopy
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from router.core.site.compile import compile_site
from router.core.site.document import SiteDocument
from router.core.site.naming import Kind, agent_name, named_things
from router.core.site.site import Site
from router.core.vocabulary.ids import SiteId
from router.protocol.site_file import read_site_file

FILE = Path(__file__).with_name("shop.yaml")
ENVIRONMENT = {"JARDIN_SECRET": "not to be told"}


class Absent(Enum):
    """Stands for a key that is left out."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT

Raw = dict[str, Any]


@cache
def _read() -> Raw:
    written = read_site_file(FILE.read_bytes())
    assert written.problems == []
    data: Raw = written.data
    return data


def garden() -> Raw:
    """A copy of the shop as written."""
    return deepcopy(_read())


def garden_with(place: str, value: object) -> Raw:
    """The shop with another value at a place such as `groups[0].hours.monday`; `ABSENT` takes the key out."""
    document = garden()
    steps = [int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", place)]
    target: Any = document
    for step in steps[:-1]:
        target = target[step]
    if value is ABSENT:
        del target[steps[-1]]
    elif isinstance(steps[-1], int) and steps[-1] == len(target):
        target.append(value)
    else:
        target[steps[-1]] = value
    return document


def ids_of(document: Raw) -> dict[tuple[str, str], str]:
    """Ids that say what they stand for: `group:Advice`."""
    names = [(str(thing.kind), thing.name) for thing in named_things(document)]
    names += [(str(Kind.AGENT), agent_name(user["email"])) for user in document["users"]]
    return {(kind, name): f"{kind}:{name}" for kind, name in names}


def compiled(document: Raw) -> Site:
    """The site that the engine would run."""
    return compile_site(
        msgspec.convert(document, SiteDocument),
        ids=ids_of(document),
        site_id=SiteId("s1"),
        version=7,
        environment=ENVIRONMENT,
    )
