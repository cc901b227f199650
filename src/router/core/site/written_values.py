"""Values that a document writes as text: each has one function that reads it.

What cannot be read raises ValueError, in a sentence saying what is allowed. Durations stand in the vocabulary, the
values of conditions in `engagement.criteria`.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo, available_timezones

from router.core.engagement.criteria import WEEKDAYS
from router.core.site.naming import SEPARATOR
from router.core.site.problems import one_of, shown
from router.core.vocabulary.values import DAY, Duration, parse_duration

NAME_LENGTH = 200
"""Characters of a name."""

MAX_PORT = 65_535
MINUTES_A_DAY = 1440
YEARS = range(2000, 2200)
"""Of a campaign's period: what lies outside is a slip of the pen."""

_CURRENCY_CODES = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP
    CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR
    ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT
    MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD
    SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES
    VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG"""

CURRENCIES = frozenset(_CURRENCY_CODES.split())
"""ISO 4217 codes of money in circulation."""

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_EMAIL = re.compile(r"[^@\s<>\",;:]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)")
_ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:(?P<port>[0-9]{1,5}))?"
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def read_key(text: str) -> str:
    """A site's public key, or the name of a custom data: what fits into a URL and an attribute."""
    if _KEY.fullmatch(text):
        return text
    raise ValueError(f"{shown(text)} is not allowed: write 1 to 64 letters, digits, '-' or '_', such as shop_2")


def read_name(text: str) -> str:
    """A name of something that others refer to."""
    if not text.strip() or text != text.strip():
        raise ValueError(f"{shown(text)} is not a name: it is empty, or begins or ends with a space")
    if len(text) > NAME_LENGTH:
        raise ValueError(f"a name has at most {NAME_LENGTH} characters, got {len(text)}")
    if SEPARATOR in text:
        raise ValueError(f"{shown(text)} contains {SEPARATOR!r}, which stands between campaign and rule")
    return text


def read_origin(text: str) -> str:
    """Scheme, host and port exactly as browsers send them in the Origin header."""
    match = _ORIGIN.fullmatch(text.lower().removesuffix("/"))
    if match is None or int(match["port"] or 0) > MAX_PORT:
        raise ValueError(
            f"{shown(text)} is not an origin: write scheme://host or scheme://host:port, such as https://www.example.com"
        )
    exact = f"{match['scheme']}://{match['host']}"
    if match["port"] is not None and int(match["port"]) != _DEFAULT_PORTS[match["scheme"]]:
        exact += f":{int(match['port'])}"
    if text != exact:
        raise ValueError(f"{shown(text)} is not what browsers send as their origin: write {exact}")
    return text


def read_zone(text: str) -> ZoneInfo:
    """An IANA time zone."""
    try:
        return ZoneInfo(text)
    except (OSError, ValueError, LookupError):
        near = one_of(text, sorted(available_timezones())) if text else ""
        hint = near if "did you mean" in near else ": write one such as Europe/Paris"
        raise ValueError(f"{shown(text)} is not a time zone{hint}") from None


def read_currency(text: str) -> str:
    """An ISO 4217 code."""
    if text in CURRENCIES:
        return text
    raise ValueError(f"{shown(text)} is not a currency: write an ISO 4217 code such as EUR")


def read_language(text: str) -> str:
    """A language tag: the primary subtag, with or without a region."""
    if _LANGUAGE.fullmatch(text):
        return text
    raise ValueError(f"{shown(text)} is not a language: write a tag such as fr or pt-BR")


def read_colour(text: str) -> str:
    """A colour as style sheets write it."""
    if _COLOUR.fullmatch(text):
        return text
    raise ValueError(f'{shown(text)} is not a colour: write "#rgb" or "#rrggbb", such as "#0b5fff"')


def read_email(text: str) -> str:
    """An e-mail address, as far as its form tells."""
    if _EMAIL.fullmatch(text):
        return text
    raise ValueError(f"{shown(text)} is not an e-mail address")


def read_day(text: str) -> date:
    """A calendar day."""
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        raise ValueError(f"{shown(text)} is not a day: write an existing one such as 2026-11-27")
    return day


def read_span(text: str) -> tuple[int, int]:
    """Opening hours `09:00-12:30` as minutes since midnight, `[opens, closes)`; 24:00 may be the end."""
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError(f'{shown(text)} is not a span of hours: write "09:00-12:30", "00:00-24:00"')
    opens = int(match[1]) * 60 + int(match[2])
    closes = MINUTES_A_DAY if match[3] is None else int(match[3]) * 60 + int(match[4])
    if opens >= closes:
        raise ValueError(f"{shown(text)} closes before it opens; hours past midnight belong to the next weekday")
    return opens, closes


def read_hours(hours: Mapping[str, Sequence[str]]) -> dict[int, tuple[tuple[int, int], ...]]:
    """Opening hours by weekday, 0 is Monday, in order of opening."""
    return {WEEKDAYS.index(weekday): tuple(sorted(map(read_span, spans))) for weekday, spans in hours.items()}


def read_duration(text: str) -> Duration:
    """A duration, zero included."""
    return parse_duration(text)


def read_positive_duration(text: str) -> Duration:
    """A duration longer than nothing."""
    duration = parse_duration(text)
    if duration.milliseconds <= 0:
        raise ValueError(f"{shown(text)} is too short: write more than 0s")
    return duration


def read_visit_timeout(text: str) -> Duration:
    """How long a visit may be quiet: no visit is longer than a day anyway."""
    duration = read_positive_duration(text)
    if duration.milliseconds > DAY:
        raise ValueError(f"{shown(text)} is too long: a visit lasts 24h at most")
    return duration
