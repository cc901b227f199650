"""Whose address a request has: that of the peer, unless a proxy of ours says otherwise."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.servers.proxies import TrustedProxies

PROXIES = TrustedProxies(["10.0.0.0/8", "192.0.2.1", " fd00::/8 "])

CASES = {
    "no proxy of ours": ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
    "no proxy of ours, no header": ("203.0.113.7", [], "203.0.113.7"),
    "one of ours": ("10.0.0.1", ["203.0.113.7"], "203.0.113.7"),
    "one of ours by its address": ("192.0.2.1", ["203.0.113.7"], "203.0.113.7"),
    "beside one of ours": ("192.0.2.2", ["203.0.113.7"], "192.0.2.2"),
    "no header": ("10.0.0.1", [], "10.0.0.1"),
    "an empty header": ("10.0.0.1", [""], "10.0.0.1"),
    "two of ours in line": ("10.0.0.1", ["203.0.113.7, 10.0.0.2"], "203.0.113.7"),
    "two headers": ("10.0.0.1", ["203.0.113.7", "10.0.0.2"], "203.0.113.7"),
    "the client invents hops": ("10.0.0.1", ["1.2.3.4, 203.0.113.7"], "203.0.113.7"),
    "the client names a proxy of ours": ("10.0.0.1", ["10.0.0.9, 203.0.113.7"], "203.0.113.7"),
    "a proxy of ours is the client": ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
    "no spaces": ("10.0.0.1", ["1.2.3.4,203.0.113.7"], "203.0.113.7"),
    "IPv6": ("fd00::1", ["2001:db8::7"], "2001:db8::7"),
    "IPv6 client behind IPv4": ("10.0.0.1", ["2001:db8::7, fd00::1"], "2001:db8::7"),
    "a name": ("10.0.0.1", ["client.example"], "10.0.0.1"),
    "unknown": ("10.0.0.1", ["203.0.113.7, unknown"], "10.0.0.1"),
    "nonsense further away": ("10.0.0.1", ["<script>, 203.0.113.7"], "203.0.113.7"),
    "with a port": ("10.0.0.1", ["203.0.113.7:4711"], "10.0.0.1"),
    "a peer without an address": ("", ["203.0.113.7"], ""),
}


@pytest.mark.parametrize(("peer", "forwarded_for", "client"), CASES.values(), ids=CASES)
def test_the_client_is_the_nearest_that_is_no_proxy_of_ours(peer: str, forwarded_for: list[str], client: str) -> None:
    assert PROXIES.client_of(peer, forwarded_for) == client


def test_without_proxies_nobody_is_believed() -> None:
    assert TrustedProxies([]).client_of("10.0.0.1", ["203.0.113.7"]) == "10.0.0.1"


@pytest.mark.parametrize("wrong", ["my-proxy", "10.0.0.0/33", "", "10.0.0"])
def test_what_is_no_network_is_named(wrong: str) -> None:
    with pytest.raises(ValueError, match=repr(wrong)):
        TrustedProxies(["10.0.0.1", wrong])


@given(
    st.ip_addresses(network="198.51.100.0/24").map(str),
    st.lists(st.text(max_size=30) | st.ip_addresses().map(str), max_size=4),
)
def test_nothing_that_a_direct_client_sends_is_believed(peer: str, forwarded_for: list[str]) -> None:
    assert PROXIES.client_of(peer, forwarded_for) == peer


@given(st.lists(st.text(max_size=30) | st.ip_addresses().map(str), max_size=4))
def test_the_answer_is_always_an_address(forwarded_for: list[str]) -> None:
    ip_address(PROXIES.client_of("10.0.0.1", forwarded_for))
