"""Where a visit comes from: source type, referrer and search keyword, read from the first page (W10 to W12)."""

import re
from collections.abc import Collection, Iterable
from enum import StrEnum
from urllib.parse import SplitResult, parse_qs, urlsplit

import msgspec


class SourceType(StrEnum):
    """The three kinds of source (W12)."""

    SEARCH_ENGINE = "search_engine"
    DIRECT = "direct"
    WEBSITE = "website"


class Source(msgspec.Struct, frozen=True):
    """What brought the visit; None is unknown."""

    type: SourceType
    referrer: str | None = None
    keyword: str | None = None


_COUNTRY = r"(?:com?\.)?[a-z]{2,3}"
_SEARCH_ENGINES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    # name (as campaign tags write it), host without "www.", parameters of the query
    ("google", rf"(?:(?:images|encrypted|cse|ipv4|ipv6)\.)?google\.{_COUNTRY}", ("q", "as_q")),
    ("bing", r"(?:[a-z0-9-]+\.)?bing\.com", ("q",)),
    ("yahoo", rf"(?:[a-z0-9-]+\.)*search\.yahoo\.{_COUNTRY}", ("p", "q")),
    ("duckduckgo", r"(?:[a-z]+\.)?duckduckgo\.com", ("q",)),
    ("baidu", r"(?:m\.|image\.)?baidu\.com", ("wd", "word", "kw")),
    ("yandex", rf"(?:m\.|images\.)?yandex\.{_COUNTRY}|ya\.ru", ("text",)),
    ("ecosia", r"ecosia\.org", ("q",)),
    ("qwant", r"(?:[a-z]+\.)?qwant\.com", ("q",)),
    ("naver", r"(?:m\.)?search\.naver\.com", ("query",)),
    ("daum", r"(?:m\.)?search\.daum\.net", ("q",)),
    ("seznam", r"search\.seznam\.cz", ("q", "oq")),
    ("startpage", r"(?:[a-z0-9-]+\.)?startpage\.com", ("query", "q")),
    ("brave", r"search\.brave\.com", ("q",)),
    ("kagi", r"kagi\.com", ("q",)),
    ("mojeek", r"mojeek\.com", ("q",)),
    ("swisscows", r"swisscows\.com", ("query",)),
    ("lilo", r"search\.lilo\.org", ("q",)),
    ("metager", r"metager\.(?:de|org)", ("eingabe",)),
    ("ask", r"(?:[a-z]{2}\.)?ask\.com", ("q",)),
    ("aol", rf"(?:[a-z0-9-]+\.)?search\.aol\.{_COUNTRY}|recherche\.aol\.fr", ("q", "query")),
    ("lycos", rf"search\.lycos\.{_COUNTRY}", ("q", "query")),
    ("orange", r"lemoteur\.orange\.fr", ("kw",)),
    ("t-online", r"suche\.t-online\.de", ("q",)),
    ("gmx", r"suche\.gmx\.net", ("q",)),
    ("web.de", r"suche\.web\.de", ("q",)),
    ("sogou", r"(?:m\.)?sogou\.com", ("query", "keyword")),
    ("so", r"so\.com", ("q",)),
    ("rambler", r"nova\.rambler\.ru", ("query",)),
    ("mail.ru", r"go\.mail\.ru", ("q",)),
    ("coccoc", r"coccoc\.com", ("query",)),
    ("google", r"com\.google\.android\.googlequicksearchbox", ()),  # android-app://…: the search box of a phone
)
_ENGINE_NAMES = frozenset(name for name, _, _ in _SEARCH_ENGINES)
# one expression for all: the number of the group that matched is the row of the table
_ENGINE_HOST = re.compile("|".join(f"({host})" for _, host, _ in _SEARCH_ENGINES))

_CAMPAIGN_TAGS = frozenset({"utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"})
_CLICK_IDS_OF_SEARCH_ADS = frozenset({"gclid", "gbraid", "wbraid", "msclkid", "yclid"})
_CLICK_IDS_OF_OTHERS = frozenset({"fbclid", "ttclid", "twclid", "li_fat_id", "epik", "dclid"})
_MEDIA_OF_SEARCH = frozenset({"cpc", "ppc", "sea", "paidsearch", "paid_search", "organic"})


def hosts_of(origins: Iterable[str]) -> frozenset[str]:
    """The host names of a site's origins, without `www.`: what `source_of` takes as the site's own hosts."""
    hosts = (_host(_split(origin)) for origin in origins)
    return frozenset(host for host in hosts if host)


def source_of(page_url: str, referrer: str | None, own_hosts: Collection[str]) -> Source:
    """Tell the source of a visit from its first page; never raises, whatever the strings (W10, W11, W12).

    The site's own hosts and their sub-domains are no referrer, and neither is what has no host. Without a referrer a
    campaign tag tells: an advertisement on a search engine is a search engine, any other campaign a website; without
    either the visitor came directly. The keyword is the engine's query parameter, else the campaign term.
    """
    tags = _parameters(_split(page_url))
    term = _first(tags, ("utm_term",))
    address = _split(referrer)
    host = _host(address)
    if address is None or not host or _is_own(host, own_hosts):
        return Source(_type_by_tags(tags), None, term)
    engine = _ENGINE_HOST.fullmatch(host)
    if engine is None or engine.lastindex is None:
        return Source(SourceType.WEBSITE, referrer, term)
    _, _, parameters = _SEARCH_ENGINES[engine.lastindex - 1]
    keyword = _first(_parameters(address), parameters)
    if keyword is not None and address.path == "/url" and keyword.startswith(("http://", "https://")):
        keyword = None  # a redirect of Google's carries its target where a search carries the words
    return Source(SourceType.SEARCH_ENGINE, referrer, keyword or term)


def _type_by_tags(tags: dict[str, list[str]]) -> SourceType:
    """The source type where there is no referrer."""
    if not _CLICK_IDS_OF_SEARCH_ADS.isdisjoint(tags):
        return SourceType.SEARCH_ENGINE
    if _CAMPAIGN_TAGS.isdisjoint(tags) and _CLICK_IDS_OF_OTHERS.isdisjoint(tags):
        return SourceType.DIRECT
    source = (_first(tags, ("utm_source",)) or "").lower()
    medium = (_first(tags, ("utm_medium",)) or "").lower()
    by_search = source in _ENGINE_NAMES and medium in _MEDIA_OF_SEARCH
    return SourceType.SEARCH_ENGINE if by_search else SourceType.WEBSITE


def _is_own(host: str, own_hosts: Collection[str]) -> bool:
    return host in own_hosts or any(host.endswith("." + own) for own in own_hosts)


def _split(url: str | None) -> SplitResult | None:
    """The parts of an address, or None where it has none: `http://[` and the like."""
    try:
        return urlsplit(url.strip()) if url else None
    except ValueError:
        return None


def _host(address: SplitResult | None) -> str:
    """The host in lower case without `www.` and the final dot; empty when there is none."""
    host = (address.hostname or "") if address else ""
    return host.removeprefix("www.").removesuffix(".")


def _parameters(address: SplitResult | None) -> dict[str, list[str]]:
    """The parameters of the query that have a value, by name in lower case."""
    query = parse_qs(address.query) if address else {}
    return {name.lower(): values for name, values in query.items()}


def _first(parameters: dict[str, list[str]], names: tuple[str, ...]) -> str | None:
    """The first value that is more than blanks, white space collapsed."""
    for name in names:
        for value in parameters.get(name, ()):
            if words := " ".join(value.split()):
                return words
    return None
