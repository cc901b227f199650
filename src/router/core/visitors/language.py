"""Languages by their primary subtag (W15): read from the browser, or guessed from the country of the address."""

import re

_TAG = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_][A-Za-z0-9_@.-]*)?\s*")

_RENAMED = {"iw": "he", "in": "id", "ji": "yi", "mo": "ro"}
"""Withdrawn subtags that old browsers still send, and what took their place."""

_COUNTRIES_BY_LANGUAGE = {
    "ar": "AE BH DJ DZ EG EH IQ JO KM KW LB LY MA MR OM PS QA SA SD SY TD TN YE",
    "az": "AZ", "be": "BY", "bg": "BG", "bn": "BD", "bs": "BA", "ca": "AD", "cs": "CZ", "da": "DK FO",
    "de": "AT CH DE LI",
    "dv": "MV", "dz": "BT", "el": "CY GR",
    "en": "AG AI AS AU BB BM BS BW BZ CA CC CK CX DM FJ FK FM GB GD GG GH GI GM GS GU GY HM IE IM IO JE JM KE KI KN"
          " KY LC LR LS MH MP MS MT MU MW NA NF NG NR NU NZ PG PN PW SB SC SG SH SL SS SX SZ TC TK TO TT TV UG UM US VC"
          " VG VI VU WS ZA ZM ZW",
    "es": "AR BO CL CO CR CU DO EC ES GQ GT HN MX NI PA PE PR PY SV UY VE",
    "et": "EE", "fa": "AF IR", "fi": "AX FI", "fil": "PH",
    "fr": "BE BF BI BJ BL CD CF CG CI CM FR GA GF GN GP HT LU MC MF MG ML MQ NC NE PF PM RE SN TF TG WF YT",
    "he": "IL", "hi": "IN", "hr": "HR", "hu": "HU", "hy": "AM", "id": "ID", "is": "IS", "it": "IT SM VA", "ja": "JP",
    "ka": "GE", "kk": "KZ", "kl": "GL", "km": "KH", "ko": "KP KR", "ky": "KG", "lo": "LA", "lt": "LT", "lv": "LV",
    "mk": "MK", "mn": "MN", "ms": "BN MY", "my": "MM", "nb": "BV NO SJ", "ne": "NP",
    "nl": "AW BQ CW NL SR", "pl": "PL", "pt": "AO BR CV GW MZ PT ST TL", "ro": "MD RO", "ru": "RU", "rw": "RW",
    "si": "LK", "sk": "SK", "sl": "SI", "so": "SO", "sq": "AL XK", "sr": "ME RS", "sv": "SE", "sw": "TZ", "tg": "TJ",
    "th": "TH", "ti": "ER", "am": "ET", "tk": "TM", "tr": "TR", "uk": "UA", "ur": "PK", "uz": "UZ", "vi": "VN",
    "zh": "CN HK MO TW",
}  # fmt: skip
"""The language that most people of a country share in public life, written down for this project."""

LANGUAGE_OF_COUNTRY = {
    country: language for language, countries in _COUNTRIES_BY_LANGUAGE.items() for country in countries.split()
}
"""ISO 3166 alpha-2 country to primary language subtag."""


def primary_language(tag: str | None) -> str | None:
    """The primary subtag in lower case of a browser's language, `fr` of `fr-FR`; None when it is not a language tag."""
    match = _TAG.fullmatch(tag) if tag else None
    if match is None:
        return None
    subtag = match[1].lower()
    return _RENAMED.get(subtag, subtag)
