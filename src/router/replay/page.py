"""What a shop's page would report of itself and of its browser, guessed from a line of a log."""

import re
from random import Random
from urllib.parse import urlsplit

from router.core.visitors.device import DeviceType
from router.core.visitors.language import LANGUAGE_OF_COUNTRY, primary_language
from router.replay.access_log import Visit

DataValue = str | int | float | bool

_WINDOWS = {
    DeviceType.DESKTOP: ((1920, 969), (1536, 730), (1440, 789), (1366, 625), (2560, 1300), (1280, 593)),
    DeviceType.TABLET: ((820, 1106), (1024, 698), (768, 954), (800, 1208)),
    DeviceType.MOBILE: ((390, 664), (412, 785), (360, 640), (393, 727), (430, 739)),
}
"""Inner width and height in CSS pixels of common screens."""

_LANGUAGE_IN_USER_AGENT = re.compile(r"; ([a-z]{2}[-_][A-Za-z]{2})[;)]")
_PRODUCT = re.compile(r"/(?:products?|produits?|shop|velos|bikes|accessoires)/([a-z0-9][a-z0-9-]{2,60})(?:\.html)?$")
_CART = re.compile(r"/(?:cart|basket|panier|checkout|commande)\b")
_ACCOUNT = re.compile(r"/(?:account|compte)\b")
_TOP_LEVEL_OF_COUNTRY = {"UK": "GB"}


def window_of(device: DeviceType | None, choose: Random) -> dict[str, int]:
    """A window that such a device has."""
    width, height = choose.choice(_WINDOWS[device or DeviceType.DESKTOP])
    return {"width": width, "height": height}


def language_of(visit: Visit) -> str | None:
    """The browser's language: old user agents tell it, else a search engine's country does; None leaves it out.

    Without it the server goes by the country of the address.
    """
    told = _LANGUAGE_IN_USER_AGENT.search(visit.user_agent)
    if told is not None:
        return told[1].replace("_", "-")
    try:
        country = (urlsplit(visit.referrer).hostname or "").rpartition(".")[2].upper()
    except ValueError:
        return None
    return primary_language(LANGUAGE_OF_COUNTRY.get(_TOP_LEVEL_OF_COUNTRY.get(country, country)))


def data_of(path: str, choose: Random) -> dict[str, DataValue]:
    """Custom data as a shop's page reports it: product and price, value of the cart, customer."""
    page = path.partition("?")[0].lower()
    data: dict[str, DataValue] = {}
    if product := _PRODUCT.search(page):
        data["product_name"] = product[1].replace("-", " ")
        data["product_price"] = Random(product[1]).randrange(29, 3200)  # noqa: S311 - one price a product, not a secret
    if _CART.search(page):
        data["cart_value"] = choose.randrange(25, 480)
        data["segment"] = choose.choice(("new", "new", "regular", "vip"))
    if _ACCOUNT.search(page):
        data["logged_in"] = True
    return data
