"""Which addresses a picture may be fetched from."""

import pytest

from newsletter.composer.public import is_public


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.7", "203.0.113.9"),
        *("224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "ff0e::1"),
        *("::ffff:10.0.0.1", "::ffff:8.8.8.8", "::10.0.0.1", "64:ff9b::a00:1", "64:ff9b::808:808", "64:ff9b:1::1"),
        *("2001::1", "2001:0:4136:e378::1", "2001:db8::1", "2002:a00:1::1", "2002:808:808::1", "3fff::1", "100::1"),
    ],
)
def test_what_is_not_plain_public_unicast_is_refused(address: str) -> None:
    """Private, special and multicast addresses, and whatever only carries another address."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "100.63.255.255", "172.32.0.1", "2606:4700::1111", "2a00::1"]
)
def test_public_addresses_are_not_refused(address: str) -> None:
    """Others are hosts of pictures."""
    assert is_public(address)
