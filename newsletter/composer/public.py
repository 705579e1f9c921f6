"""Decide which IP addresses are public.

The rule is kept here, from IANA's registries of special-purpose addresses, since `ipaddress` answers differently from
one version of Python to the next. An address that carries an IPv4 address (mapped, NAT64, 6to4, Teredo) is not public,
because its real destination is another one.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

__all__ = ["is_public"]

_NOT_PUBLIC_4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' own
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local; clouds' metadata
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation, as 198.51.100 and 203.0.113
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
_UNICAST_6 = IPv6Network("2000::/3")  # all allocated unicast addresses
_NOT_PUBLIC_6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation, as 3fff
        "2002::/16",  # 6to4
        "3fff::/20",
    )
)


def is_public(address: str) -> bool:
    """Return whether an IP address, in the notation of `socket`, is public unicast."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv4Address):
        return not any(found in block for block in _NOT_PUBLIC_4)
    assert isinstance(found, IPv6Address)
    return found in _UNICAST_6 and not any(found in block for block in _NOT_PUBLIC_6)
