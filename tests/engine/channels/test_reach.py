"""Where a call may go: to the outside, and inside only where an operator has said so."""

from __future__ import annotations

import ipaddress
import threading

import pytest

from engine.channels.failures import Permanent, Temporary
from engine.channels.reach import addresses, is_outside, reach_of
from engine.errors import Invalid

INSIDE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.5.4", "172.31.255.255",
    "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192",
    "198.18.0.1", "192.0.2.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250",
    "240.0.0.1", "255.255.255.255", "168.63.129.16", "192.88.99.1",
    "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1",
    "2001:db8::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "2002:7f00:1::", "2002:a00:1::1", "2002:a9fe:a9fe::", "64:ff9b::127.0.0.1",
    "64:ff9b::10.1.2.3", "64:ff9b:1::1", "2001:0:5ef5:79fd::1", "100::1", "4000::1",
]  # fmt: skip
OUTSIDE = [
    "8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001::1",
    "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1",
]  # fmt: skip
NOTHING = reach_of("", "80,443")


def found(host="hooks.example.com", port=443, reach=NOTHING, to=("8.8.8.8",)):
    return addresses(host, port, reach, lambda *_: list(to), 5)


@pytest.mark.parametrize("text", INSIDE)
def test_an_inner_address_is_never_outside(text):
    with pytest.raises(Permanent, match="inner network"):
        found(to=[text])


@pytest.mark.parametrize("text", OUTSIDE)
def test_a_public_address_is(text):
    assert is_outside(ipaddress.ip_address(text))
    assert found(to=[text]) == [str(ipaddress.ip_address(text))]


def test_of_several_addresses_only_those_outside_are_used():
    assert found(to=["10.0.0.1", "8.8.8.8", "::1"]) == ["8.8.8.8"]


def test_only_known_ports_of_the_outside():
    with pytest.raises(Permanent, match="Port 25"):
        found(port=25)
    assert found(port=8443, reach=reach_of("", "443, 8443")) == ["8.8.8.8"]


@pytest.mark.parametrize(
    ("allow", "host", "port", "address", "open_"),
    [
        ("10.1.0.0/16", "erp.inside", 8080, "10.1.2.3", True),
        ("10.1.0.0/16", "erp.inside", 8080, "10.2.2.3", False),
        ("10.1.0.0/16", "erp.inside", 8080, "::ffff:10.1.2.3", True),
        ("fd00::/8", "erp.inside", 80, "fd00::1", True),
        ("erp.inside", "erp.inside", 8080, "10.1.2.3", True),
        ("ERP.inside:8080", "erp.inside", 8080, "10.1.2.3", True),
        ("erp.inside:8080", "erp.inside", 80, "10.1.2.3", False),
        ("erp.inside", "other.inside", 80, "10.1.2.3", False),
        ("erp.inside", "erp.inside", 80, "224.0.0.1", False),
        ("0.0.0.0/0", "erp.inside", 80, "0.0.0.0", False),
        ("127.0.0.1", "localhost", 5000, "127.0.0.1", True),
        ("127.0.0.1", "localhost", 5000, "127.0.0.2", False),
    ],
)
def test_what_is_inside_is_open_on_purpose_only(allow, host, port, address, open_):
    reach = reach_of(allow, "80,443")
    if open_:
        assert found(host, port, reach, [address]) == [str(ipaddress.ip_address(address))]
    else:
        with pytest.raises(Permanent):
            found(host, port, reach, [address])


@pytest.mark.parametrize(("allow", "ports"), [("a:b", "80"), (":80", "80"), ("a:99999", "80"),
                                              ("", "http")])  # fmt: skip
def test_a_setting_that_cannot_be_read_is_named(allow, ports):
    with pytest.raises(Invalid, match="webhook_"):
        reach_of(allow, ports)


def test_a_name_that_is_not_resolved_is_worth_another_try():
    def fails(*_):
        raise OSError("no such name")

    with pytest.raises(Temporary, match="resolved"):
        addresses("nowhere.example", 443, NOTHING, fails, 5)


def test_nobody_waits_longer_for_a_name_than_there_is_time():
    over = threading.Event()
    with pytest.raises(Temporary, match="resolved"):
        addresses("slow.example", 443, NOTHING, lambda *_: over.wait(20) and [], 0.05)
    over.set()
