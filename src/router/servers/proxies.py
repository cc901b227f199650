"""Whose `X-Forwarded-For` is believed: the address of a client behind proxies that the operator trusts."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network


class TrustedProxies:
    """The networks of the operator's own proxies."""

    def __init__(self, networks: Sequence[str]) -> None:
        """`networks` are addresses or networks (`10.0.0.0/8`); ValueError names the one that is neither."""
        self._networks: list[IPv4Network | IPv6Network] = [ip_network(each.strip(), strict=False) for each in networks]

    def client_of(self, peer: str, forwarded_for: Sequence[str]) -> str:
        """The address nearest to us that is no proxy of ours; the peer itself when it is not trusted."""
        if not self._networks:
            return peer
        hops = [hop.strip() for header in forwarded_for for hop in header.split(",")]
        client = peer
        for hop in reversed(hops):
            if not self._is_trusted(client):
                break
            if _address(hop) is None:
                break
            client = hop
        return client

    def _is_trusted(self, address: str) -> bool:
        parsed = _address(address)
        return parsed is not None and any(parsed in network for network in self._networks)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
