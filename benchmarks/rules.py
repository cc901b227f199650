"""Realistic engagement rules of a shop, and situations of its visitors: by chance from a seed, so always the same.

Rules have 2 to 6 conditions. About half of these are on addresses, the rest on times, counts, choices and custom data,
roughly as often as a marketing team uses them.
"""

import random

from router.core.engagement.criteria import (
    DEVICE_TYPES,
    HOURS,
    SOURCE_TYPES,
    WEEKDAYS,
    CustomDataType,
    parse_condition,
)
from router.core.engagement.rule import Action, ActionKind, EngagementRule
from router.core.engagement.situation import DataValue, Situation
from router.core.vocabulary.ids import CampaignId, RuleId

Written = tuple[str, str, object]
"""Criterion, operator and value, as a person writes them."""

SHOP = "https://shop.example.com"
_CATEGORIES = """
shoes women men kids sale sport home garden tv-hifi laptops phones beauty toys books travel flights hotels insurance
credit energy mobile-plans fiber kitchen bedroom lighting tools cars tires pets jewelry
"""
CATEGORIES = tuple(_CATEGORIES.split())
_BRANDS = """
norvik aplo sanmu boschin dyla ikara legorn sonel adira philox levin pumar asura canora mielor
"""
BRANDS = tuple(_BRANDS.split())
_STEPS = """
/cart /checkout/address /checkout/payment /checkout/confirm /account/login /account/orders /help/returns
/help/delivery /contact /search?q= /wishlist /stores
"""
STEPS = tuple(_STEPS.split())
KEYWORDS = ("cheap shoes", "laptop deal", "tv 55", "return policy", "credit card", "promo code", "gift", "car tires")
REFERRERS = ("https://www.google.com/", "https://www.bing.com/", "https://news.example.org/deals", None)
COUNTRIES = ("FR", "GB", "DE", "ES", "IT", "BE", "CH", "NL", "US", "CA")
LANGUAGES = ("fr", "en", "de", "es", "it", "nl")
CITIES = ("Paris", "Nantes", "London", "Berlin", "Madrid", "Milano", "Bruxelles", "Lyon", "Lille", "Genève")
MOMENTS = ("2s", "5s", "10s", "15s", "20s", "30s", "45s", "1m", "90s", "2m", "3m", "5m", "10m")
COUNTS = {
    "pages_viewed": (1, 40),
    "visits": (1, 20),
    "previous_conversations": (0, 5),
    "window_width": (320, 2560),
    "window_height": (480, 1440),
}
CUSTOM_DATA = {
    "cart_value": CustomDataType("number"),
    "product_price": CustomDataType("number"),
    "stock": CustomDataType("number"),
    "logged_in": CustomDataType("boolean"),
    "tier": CustomDataType("choice", ("new", "silver", "gold", "vip")),
}


def make_rules(count: int, seed: int = 1) -> list[EngagementRule]:
    """So many rules, ten to a campaign."""
    chance = random.Random(seed)
    return [
        EngagementRule(
            id=RuleId(f"r{index}"),
            name=f"Rule {index}",
            campaign=CampaignId(f"c{index // 10}"),
            campaign_name=f"Campaign {index // 10}",
            conditions=tuple(parse_condition(*written, CUSTOM_DATA) for written in make_conditions(chance)),
            action=Action(ActionKind.BUTTON),
        )
        for index in range(count)
    ]


def make_conditions(chance: random.Random) -> list[Written]:
    """The conditions of one rule: never the same criterion with the same operator twice."""
    wanted = chance.choices((2, 3, 4, 5, 6), weights=(3, 4, 3, 2, 1))[0]
    first = _address_condition(chance, "page_url") if chance.random() < 0.8 else _condition(chance)
    conditions = {first[:2]: first}
    while len(conditions) < wanted:
        condition = _condition(chance)
        conditions.setdefault(condition[:2], condition)
    return list(conditions.values())


def _condition(chance: random.Random) -> Written:
    kind = chance.choices(tuple(_KINDS), weights=[weight for weight, _ in _KINDS.values()])[0]
    return _KINDS[kind][1](chance)


def _time_condition(chance: random.Random) -> Written:
    criterion = chance.choices(("time_on_page", "time_on_site", "since_last_visit"), weights=(5, 3, 1))[0]
    operator = chance.choices(("greater_than", "less_than", "equal_to"), weights=(12, 4, 1))[0]
    if criterion == "since_last_visit":
        return criterion, operator, f"{chance.randint(1, 30)}d"
    moment = chance.choice(MOMENTS) if chance.random() < 0.8 else f"{chance.randint(1, 600)}s"
    return criterion, operator, moment


def _count_condition(chance: random.Random) -> Written:
    criterion = chance.choice(tuple(COUNTS))
    operator = chance.choices(("greater_than", "less_than", "equal_to"), weights=(12, 6, 1))[0]
    low, high = COUNTS[criterion]
    return criterion, operator, chance.randint(low + 1, high)


def _choice_condition(chance: random.Random) -> Written:
    criterion, choices, at_most = chance.choice(
        (
            ("device_type", DEVICE_TYPES, 2),
            ("weekday", WEEKDAYS, 6),
            ("country", COUNTRIES, 3),
            ("language", LANGUAGES, 2),
            ("source_type", SOURCE_TYPES, 2),
        )
    )
    operator = "is_one_of" if chance.random() < 0.9 else "is_not_one_of"
    return criterion, operator, chance.sample(choices, chance.randint(1, at_most))


def _hour_condition(chance: random.Random) -> Written:
    first = chance.randint(0, 60)
    return "hour", "is_one_of", HOURS[first : first + chance.randint(8, 36)]


def _origin_condition(chance: random.Random) -> Written:
    return chance.choice(
        (
            ("search_keyword", "contains", chance.choice(KEYWORDS).split()[0]),
            ("referrer", "contains", chance.choice(("google", "bing", "news.example.org"))),
            ("city", "is_exactly", chance.choice(CITIES)),
        )
    )


def _data_condition(chance: random.Random) -> Written:
    name = chance.choice(tuple(CUSTOM_DATA))
    if name == "logged_in":
        return f"data.{name}", "is_exactly", chance.random() < 0.5
    if name == "tier":
        return f"data.{name}", "is_one_of", chance.choice(CUSTOM_DATA["tier"].values)
    return f"data.{name}", chance.choice(("greater_than", "less_than")), chance.randint(1, 500)


def _address_condition(chance: random.Random, criterion: str) -> Written:
    category, brand, step = chance.choice(CATEGORIES), chance.choice(BRANDS), chance.choice(STEPS)
    product = f"-p{chance.randint(1, 5000)}.html"
    operator = chance.choices(
        ("contains", "does_not_contain", "starts_with", "ends_with", "is_exactly", "is_not", "matches_regex"),
        weights=(45, 10, 17, 6, 10, 3, 9),
    )[0]
    if operator == "contains":
        return criterion, operator, chance.choice((category, f"/{category}/", brand, step, product, [category, brand]))
    if operator == "does_not_contain":
        return criterion, operator, chance.choice(("/checkout", "/account", "/help", category))
    if operator == "starts_with":
        return criterion, operator, f"{SHOP}/{category}{chance.choice(('', '/', f'/{brand}'))}"
    if operator == "ends_with":
        return criterion, operator, chance.choice((".html", product, "/cart", "/payment"))
    if operator in ("is_exactly", "is_not"):
        return criterion, operator, chance.choice((f"{SHOP}/", SHOP + step, make_url(chance)))
    operator = "matches_regex" if chance.random() < 0.8 else "does_not_match_regex"
    return (
        criterion,
        operator,
        chance.choice(
            (
                rf"/{category}/.*-p\d+\.html",
                rf"^https://[^/]+/({category}|{chance.choice(CATEGORIES)})/",
                r"/(cart|checkout)(/|$)",
                rf"p\d{{{chance.randint(2, 4)}}}\.html$",
                rf"{brand}-[a-z]+-p[0-9]+",
                rf"[?&]utm_source=news\d*{chance.randint(0, 9)}$",
            )
        ),
    )


_KINDS = {
    "page_url": (42, lambda chance: _address_condition(chance, "page_url")),
    "previous_url": (5, lambda chance: _address_condition(chance, "previous_url")),
    "time": (15, _time_condition),
    "count": (12, _count_condition),
    "choice": (14, _choice_condition),
    "hour": (4, _hour_condition),
    "origin": (3, _origin_condition),
    "data": (5, _data_condition),
}
"""How often each kind of condition is used, and what makes one."""


def make_url(chance: random.Random) -> str:
    """An address of the shop: home, a step, a list, or one of 5,000 products with or without a campaign tag."""
    kind = chance.random()
    category, brand = chance.choice(CATEGORIES), chance.choice(BRANDS)
    if kind < 0.15:
        return f"{SHOP}/"
    if kind < 0.35:
        return SHOP + chance.choice(STEPS)
    if kind < 0.6:
        return f"{SHOP}/{category}/{brand}?page={chance.randint(1, 9)}"
    product = f"{SHOP}/{category}/{brand}-{chance.choice(CATEGORIES)}-p{chance.randint(1, 5000)}.html"
    return product + (f"?utm_source=news{chance.randint(1, 40)}" if chance.random() < 0.3 else "")


def make_situations(count: int, seed: int = 2) -> list[Situation]:
    """So many visitors, each somewhere in a visit."""
    chance = random.Random(seed)
    return [_situation(chance) for _ in range(count)]


def _situation(chance: random.Random) -> Situation:
    data: dict[str, DataValue] = {}
    if chance.random() < 0.6:
        data |= {"cart_value": chance.randint(0, 600), "product_price": chance.randint(1, 900)}
    if chance.random() < 0.3:
        data |= {"tier": chance.choice(CUSTOM_DATA["tier"].values), "logged_in": chance.random() < 0.5}
    on_page = int(chance.expovariate(1 / 30_000))
    pages = min(60, 1 + int(chance.expovariate(0.2)))
    returning = chance.random() < 0.4
    return Situation(
        hour=chance.randrange(len(HOURS)),
        weekday=chance.randrange(len(WEEKDAYS)),
        time_on_page=on_page,
        time_on_site=on_page + int(chance.expovariate(1 / 40_000) * (pages - 1)),
        since_last_visit=chance.randint(1, 720) * 3_600_000 if returning else None,
        previous_url=make_url(chance) if pages > 1 else None,
        page_url=make_url(chance),
        pages_viewed=pages,
        visits=chance.randint(2, 20) if returning else 1,
        referrer=chance.choice(REFERRERS),
        search_keyword=chance.choice(KEYWORDS) if chance.random() < 0.15 else None,
        source_type=chance.choice(SOURCE_TYPES),
        previous_conversations=chance.choices((0, 1, 2, 5), weights=(85, 10, 4, 1))[0],
        city=chance.choice(CITIES),
        language=chance.choice(LANGUAGES),
        country=chance.choices(COUNTRIES, weights=(30, 15, 10, 10, 8, 7, 5, 5, 6, 4))[0],
        window_width=chance.choice((360, 390, 414, 768, 1024, 1280, 1366, 1440, 1536, 1920, 2560)),
        window_height=chance.choice((640, 720, 768, 844, 900, 1080, 1200)),
        device_type=chance.choice(DEVICE_TYPES),
        data=data,
    )
