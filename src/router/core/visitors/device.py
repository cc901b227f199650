"""What kind of device a visitor has (W19), from what the browser says of itself. Parsing it is an adapter's work."""

from enum import StrEnum

import msgspec


class DeviceType(StrEnum):
    """The three kinds of device (W19)."""

    DESKTOP = "desktop"
    TABLET = "tablet"
    MOBILE = "mobile"


class ParsedUserAgent(msgspec.Struct, frozen=True):
    """Names of operating system and device, as the user agent's database has them (`iOS`, `iPad`)."""

    system: str | None = None
    device: str | None = None


class Hints(msgspec.Struct, frozen=True):
    """What the page can see besides the user agent: `navigator.maxTouchPoints` and the client hints."""

    touch_points: int = 0
    mobile: bool | None = None
    platform: str | None = None


NO_HINTS = Hints()

_PHONE_SYSTEMS = frozenset(
    {"iOS", "Windows Phone", "Windows Mobile", "Windows CE", "BlackBerry OS", "KaiOS", "Firefox OS", "Bada",
     "Symbian OS", "Symbian^3", "Symbian^3 Anna", "Symbian^3 Belle", "Series 40", "Nokia Series 40", "MeeGo", "Brew"}
)  # fmt: skip
_TABLET_DEVICES = ("iPad", "Kindle", "Generic Tablet", "PlayBook", "BlackBerry Playbook", "HP TouchPad")
_TABLET_WORDS = ("Tablet", "PlayBook", "Silk/", "Kindle")
_PHONE_WORDS = ("Mobile", "Mobi/", "MIDP", "Opera Mini", "WAP Browser")
_PHONE_DEVICES = ("Generic Feature Phone", "Generic Smartphone", "iPhone", "iPod")


def device_type(user_agent: str, parsed: ParsedUserAgent, hints: Hints = NO_HINTS) -> DeviceType | None:
    """Tell the kind of device; None when there is nothing to tell it by.

    Tablets come first, because much of what tells a phone is true of them too.
    """
    if not user_agent and hints == NO_HINTS:
        return None
    if _is_tablet(user_agent, parsed, hints):
        return DeviceType.TABLET
    if _is_phone(user_agent, parsed, hints):
        return DeviceType.MOBILE
    return DeviceType.DESKTOP


def _is_tablet(user_agent: str, parsed: ParsedUserAgent, hints: Hints) -> bool:
    if parsed.device is not None and parsed.device.startswith(_TABLET_DEVICES):
        return True
    if parsed.system == "Mac OS X" or hints.platform in ("MacIntel", "macOS"):
        return hints.touch_points > 1  # no Mac has a touch screen: this is an iPad that asks for desktop sites
    if parsed.system == "Android" or hints.platform == "Android":
        # by Google's convention an Android tablet leaves out "Mobile"
        return "Mobile" not in user_agent and hints.mobile is not True
    if parsed.system == "Windows":
        return False  # "Tablet PC" is a part of desktop Windows
    return any(word in user_agent for word in _TABLET_WORDS)


def _is_phone(user_agent: str, parsed: ParsedUserAgent, hints: Hints) -> bool:
    if hints.mobile or parsed.system in _PHONE_SYSTEMS or parsed.device in _PHONE_DEVICES:
        return True
    return any(word in user_agent for word in _PHONE_WORDS)
