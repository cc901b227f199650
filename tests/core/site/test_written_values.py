"""Written values that are right, at the edges of what is allowed; what is wrong stands in `test_check`."""

import pytest

from router.core.site.written_values import (
    read_colour,
    read_currency,
    read_day,
    read_email,
    read_hours,
    read_key,
    read_language,
    read_name,
    read_origin,
    read_span,
    read_visit_timeout,
    read_zone,
)
from router.core.vocabulary.values import DAY


@pytest.mark.parametrize(
    "origin",
    [
        "https://shop.example",
        "http://localhost:8080",
        "http://127.0.0.1:8080",
        "http://[::1]:8080",
        "https://xn--caf-dma.example:8443",
        "https://shop.example:80",
        "http://shop.example:443",
    ],
)
def test_origins_as_browsers_send_them(origin: str) -> None:
    assert read_origin(origin) == origin


def test_hours_are_minutes_of_the_day_in_order() -> None:
    assert read_span("00:00-24:00") == (0, 1440)
    assert read_span("23:59-24:00") == (1439, 1440)
    assert read_hours({"sunday": ["13:00-14:00", "09:00-13:00"], "monday": []}) == {6: ((540, 780), (780, 840)), 0: ()}


def test_what_else_is_right() -> None:
    assert read_key("shop-2_a") == "shop-2_a"
    assert read_name("Été / hiver".replace(" / ", "/")) == "Été/hiver"
    assert read_email("o'neil+shop@mail.example") == "o'neil+shop@mail.example"
    assert read_email("demo@localhost") == "demo@localhost"
    assert [read_language(tag) for tag in ("fr", "pt-BR", "zh-Hant-TW")] == ["fr", "pt-BR", "zh-Hant-TW"]
    assert [read_colour(colour) for colour in ("#fff", "#0B5fff")] == ["#fff", "#0B5fff"]
    assert read_currency("CHF") == "CHF"
    assert str(read_zone("America/Argentina/Buenos_Aires")) == "America/Argentina/Buenos_Aires"
    assert read_day("2028-02-29").isoformat() == "2028-02-29"
    assert read_visit_timeout("24h").milliseconds == DAY
