"""What an address and a user agent tell of a visitor."""

from typing import Protocol

import msgspec

from router.core.visitors.device import DeviceType, Hints


class Place(msgspec.Struct, frozen=True):
    """Where an address is (W14 to W16): city in English, ISO 3166 alpha-2 country, the country's main language."""

    city: str | None = None
    country: str | None = None
    language: str | None = None


class Places(Protocol):
    """Looks an IP address up; never fails, never waits."""

    def place_of(self, address: str) -> Place:
        """What is known of the address; an empty place when nothing is."""
        ...


class Devices(Protocol):
    """Tells the device type from a user agent; never fails, never waits."""

    def device_type(self, user_agent: str, hints: Hints = ...) -> DeviceType | None:
        """The kind of device (W19); None when there is nothing to tell it by."""
        ...
