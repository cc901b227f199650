"""Any site document that can be applied, as somebody might have written it: with or without what has a default."""

from typing import Any

from hypothesis import strategies as st

from router.core.engagement.criteria import WEEKDAYS
from router.core.site.naming import SEPARATOR
from tests.core.site.garden import Raw

LETTERS = st.characters(
    codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\ufeff\ufffe\uffff"
)
TEXTS = st.text(LETTERS, max_size=30) | st.sampled_from(["no", "1", "1e3", "14:00", "${HOME}", "# a", "a: b", "~", "é"])
NAMES = (TEXTS | st.just("A/B")).map(str.strip).filter(lambda name: name and SEPARATOR not in name)
DURATIONS = st.builds("{}{}".format, st.integers(1, 99), st.sampled_from("sm"))
LANGUAGES = st.lists(st.sampled_from(["fr", "en", "de", "no", "pt-BR"]), min_size=1, max_size=3, unique=True)
BY_LANGUAGE = st.fixed_dictionaries({}, optional={"fr": TEXTS, "en": TEXTS})
SPANS = st.sampled_from([["09:00-12:30"], ["13:00-24:00", "00:00-01:00"], []])
CONDITIONS = st.sampled_from(
    [
        {"criterion": "page_url", "operator": "contains", "value": ["/a", "/Ü"]},
        {"criterion": "page_url", "operator": "matches_regex", "value": r"^https?://.*\.(html|php)$"},
        {"criterion": "time_on_page", "operator": "greater_than", "value": "1.5m"},
        {"criterion": "country", "operator": "is_not_one_of", "value": ["NO", "FR"]},
        {"criterion": "hour", "operator": "is_one_of", "value": "14:00"},
        {"criterion": "pages_viewed", "operator": "less_than", "value": 4},
        {"criterion": "data.price", "operator": "greater_than", "value": 12.5},
    ]
)


def written(required: dict[str, Any], **optional: Any) -> st.SearchStrategy[Raw]:
    """A mapping with these keys, some of those that may be left out among them."""
    return st.fixed_dictionaries(required, optional=optional)


SETTINGS = written(
    {"key": st.just("shop"), "name": NAMES, "origins": st.just(["https://shop.example"]), "languages": LANGUAGES},
    time_zone=st.sampled_from(["Europe/Paris", "UTC"]),
    currency=st.sampled_from(["EUR", "JPY"]),
    visit_timeout=DURATIONS,
    invitations_per_visit=st.integers(0, 5),
    language_from=st.sampled_from(["browser", "ip"]),
    typing_preview=st.booleans(),
    identity_secret=st.just("${JARDIN_SECRET}") | st.none(),
)

RULE_PARTS = {
    "action": written({"kind": st.sampled_from(["button", "invitation", "chatbox"])}),
}


def named(names: list[str], required: dict[str, Any], **optional: Any) -> st.SearchStrategy[list[Raw]]:
    """One item for each of the names."""
    return st.tuples(*(written({"name": st.just(name), **required}, **optional) for name in names)).map(list)


@st.composite
def documents(draw: st.DrawFn) -> Raw:
    """A document without an error; its campaigns are drafts or suspended, so that nothing needs to be routed."""
    names = draw(st.lists(NAMES, min_size=3, max_size=9, unique=True))
    emails = draw(st.lists(st.sampled_from(["a@b.example", "C@d.example", "e.f@b.example"]), unique=True))
    users = st.tuples(
        *(
            written(
                {"email": st.just(email), "name": NAMES},
                role=st.sampled_from(["admin", "manager", "agent"]),
                capacity=st.integers(1, 9),
                bot=st.booleans(),
                skills=st.lists(TEXTS, max_size=2),
            )
            for email in emails
        )
    ).map(list)
    groups = named(
        names[:2],
        {},
        members=st.lists(st.sampled_from(emails), unique=True) if emails else st.just([]),
        hours=st.dictionaries(st.sampled_from(WEEKDAYS), SPANS),
        criteria=written({}, job=TEXTS, skills=st.lists(TEXTS, max_size=2)),
    )
    campaigns = named(
        names[2:],
        {"rules": named(names[:2], RULE_PARTS, conditions=st.lists(CONDITIONS, max_size=1), enabled=st.booleans())},
        description=TEXTS,
        status=st.sampled_from(["draft", "suspended"]),
        priority=st.integers(0, 200),
        period=written({}, first_day=st.just("2026-11-27"), last_day=st.just("2026-11-30")),
        objective=written({}, purpose=st.sampled_from(["commercial", "none"])),
    )
    templates = named(
        names[:3],
        {"kind": st.just("chatbox")},
        colour=st.just("#0b5fff"),
        texts=st.fixed_dictionaries({}, optional={"fr": BY_LANGUAGE}).map(
            lambda texts: {language: {"title": "x"} for language in texts}
        ),
    )
    return draw(
        written(
            {"site": SETTINGS, "custom_data": st.just({"price": {"type": "number"}}), "users": users},
            groups=groups,
            templates=templates,
            campaigns=campaigns,
        )
    )
