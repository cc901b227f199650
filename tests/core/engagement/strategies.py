"""Random rules and situations, made so that they often meet: few values, and the neighbours of every bound."""

from hypothesis import strategies as st

from router.core.engagement.criteria import CRITERIA, Criterion, ValueType, find_criterion
from router.core.engagement.rule import Condition, EngagementRule
from router.core.engagement.situation import DataValue, Situation
from tests.core.engagement.making import CUSTOM_DATA, make_condition, make_rule

PARTS = ("/", "a", "/a", "/a/b", "b", "ß", "SS", "É", "é", "#", "😀", "?q=1", "x.html", "\u212a", "k")
REGEXES = ("a", "^/a", "b$", "/(a|b)+", "[^a]", "é", "ss", "k", "^$", ".", r"\d", "😀", "a{2,3}", r"\bb\b", "(?-i)A")
UNITS = ("s", "m")

texts = st.lists(st.sampled_from((*PARTS, "\0", "\ufffd")), max_size=5).map("".join)
elapsed = st.one_of(
    st.integers(0, 6 * 60_000),
    st.tuples(st.integers(0, 5), st.sampled_from((1_000, 60_000)), st.integers(-1, 1)).map(
        lambda moment: max(0, moment[0] * moment[1] + moment[2])
    ),
)
counts = st.integers(0, 6)
numbers = st.one_of(
    st.integers(-3, 3),
    st.sampled_from((0.5, -0.0, 1.0, 1e300, 2**53, 2**53 + 1, float(2**53), 10**40, -(10**40))),
)
custom_values: st.SearchStrategy[DataValue] = st.one_of(
    numbers, st.booleans(), texts, st.sampled_from(("new", "regular", "vip"))
)
names = st.sampled_from((*CRITERIA, *(f"data.{name}" for name in CUSTOM_DATA)))


@st.composite
def conditions(draw: st.DrawFn, of: st.SearchStrategy[str] = names) -> Condition:
    criterion = find_criterion(draw(of), CUSTOM_DATA)
    operator = draw(st.sampled_from(criterion.operators))
    values = draw(st.lists(written_values(criterion, operator), min_size=1, max_size=3))
    return make_condition(criterion.name, operator, values)


def written_values(criterion: Criterion, operator: str) -> st.SearchStrategy[object]:
    """Values as people write them, allowed with this operator."""
    match criterion.type:
        case ValueType.TEXT | ValueType.ADDRESS:
            if "regex" in operator:
                return st.sampled_from(REGEXES)
            parts = PARTS if criterion.type is ValueType.TEXT else tuple(part for part in PARTS if part != "#")
            return st.lists(st.sampled_from(parts), min_size=1, max_size=3).map("".join)
        case ValueType.NUMBER:
            return numbers
        case ValueType.COUNT:
            return st.integers(criterion.least + (operator == "less_than"), 6)
        case ValueType.DURATION:
            least = 1 if operator == "less_than" else 0
            return st.tuples(st.integers(least, 5), st.sampled_from(UNITS)).map(
                lambda written: f"{written[0]}{written[1]}"
            )
        case ValueType.BOOLEAN:
            return st.booleans()
        case ValueType.CHOICE:
            return st.sampled_from(criterion.choices[:8])
        case ValueType.LANGUAGE:
            return st.sampled_from(("fr", "en", "de"))


def rules(of: st.SearchStrategy[str] = names) -> st.SearchStrategy[list[EngagementRule]]:
    """Up to eight rules of up to five conditions, any criterion several times; ids are their positions."""
    return st.lists(st.lists(conditions(of), max_size=5), max_size=8).map(
        lambda all_conditions: [make_rule(*own, name=f"r{index}") for index, own in enumerate(all_conditions)]
    )


situations = st.builds(
    Situation,
    hour=st.integers(0, 8),
    weekday=st.integers(0, 6),
    time_on_page=elapsed,
    time_on_site=elapsed,
    since_last_visit=st.none() | elapsed,
    previous_url=st.none() | texts,
    page_url=texts,
    pages_viewed=st.integers(1, 7),
    visits=st.none() | counts,
    referrer=st.none() | texts,
    search_keyword=st.none() | texts,
    source_type=st.sampled_from((None, "search_engine", "direct", "website")),
    previous_conversations=st.none() | counts,
    city=st.none() | texts,
    language=st.sampled_from((None, "fr", "en", "it")),
    country=st.sampled_from((None, "AD", "AE", "ZW")),
    window_width=st.none() | counts,
    window_height=st.none() | counts,
    device_type=st.sampled_from((None, "desktop", "tablet", "mobile")),
    data=st.dictionaries(st.sampled_from((*CUSTOM_DATA, "undeclared")), custom_values, max_size=4),
)
