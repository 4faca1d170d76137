"""Which addresses of the network a call that somebody else chose may go to: never the house's own.

The name is resolved here and the connection made to the very address that was looked at, so that a
name that answers otherwise a moment later gains nothing. What an operator names in `webhook_allow`
is open on purpose.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from engine.channels.failures import Permanent, Temporary
from engine.errors import Invalid

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], list[str]]

MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")
PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
# Public by their number, but not what anybody outside means: tunnels, relays, a cloud's own host.
CLOSED = tuple(
    ipaddress.ip_network(one)
    for one in ("2001::/32", "192.0.0.0/24", "192.88.99.0/24", "100.64.0.0/10", "168.63.129.16/32")
)


@dataclass(frozen=True)
class Reach:
    """Where calls may go: ports of the outside, and what of the inside is open on purpose."""

    ports: frozenset[int] = frozenset({80, 443})
    networks: tuple[Network, ...] = ()
    hosts: frozenset[tuple[str, int | None]] = frozenset()  # None: on any port

    def opened(self, host: str, port: int, address: Address) -> bool:
        """Whether an operator has named this host or its network."""
        if (host, None) in self.hosts or (host, port) in self.hosts:
            return True
        inner = embedded(address)
        return any(one in network for one in (address, inner) if one for network in self.networks)


def reach_of(allow: str, ports: str) -> Reach:
    """What the settings `webhook_allow` and `webhook_ports` say; raises `Invalid`."""
    networks, hosts = [], set()
    for entry in (part.strip().lower() for part in allow.split(",")):
        if not entry:
            continue
        try:
            networks.append(ipaddress.ip_network(entry, strict=False))
        except ValueError:
            hosts.add(_host(entry))
    try:
        known = frozenset(int(part) for part in ports.split(",") if part.strip())
    except ValueError:
        raise Invalid("webhook_ports is a list of port numbers with commas.") from None
    return Reach(known, tuple(networks), frozenset(hosts))


def _host(entry: str) -> tuple[str, int | None]:
    name, colon, port = entry.rpartition(":")
    if not colon:
        return entry.rstrip("."), None
    if not name or ":" in name or not port.isdecimal() or int(port) > 65535:
        raise Invalid(f"webhook_allow cannot hold {entry!r}: name a network, a host or host:port.")
    return name.rstrip("."), int(port)


def addresses(host: str, port: int, reach: Reach, resolve: Resolve, seconds: float) -> list[str]:
    """The addresses of `host` to which one may connect, in the order in which they were given.

    Raises `Permanent` where there is none, and `Temporary` where the name cannot be resolved now.
    """
    found = [_address(text) for text in _resolved(host, port, resolve, seconds)]
    good = [one for one in found if _is_one_machine(one) and reach.opened(host, port, one)]
    if not good and port in reach.ports:
        good = [one for one in found if is_outside(one)]
    if good:
        return [str(one) for one in good]
    if any(is_outside(one) for one in found):
        raise Permanent(f"Port {port} of {host} is not open to webhooks.")
    raise Permanent(f"{host} lies in an inner network, to which webhooks do not go.")


def is_outside(address: Address) -> bool:
    """Whether this is an address of the public internet, also where another one is packed in."""
    if any(address in network for network in CLOSED):
        return False
    inner = embedded(address)
    if inner is not None:
        return is_outside(inner)
    if isinstance(address, IPv6Address) and address not in PUBLIC_V6:
        return False
    return address.is_global and _is_one_machine(address)


def embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address of these kinds leads to."""
    if not isinstance(address, IPv6Address):
        return None
    number = int(address)
    if address in MAPPED or address in NAT64:
        return IPv4Address(number & 0xFFFFFFFF)
    return IPv4Address(number >> 80 & 0xFFFFFFFF) if address in SIX_TO_FOUR else None


def _is_one_machine(address: Address) -> bool:
    """Whether there is one machine behind an address at all, whoever has allowed it."""
    one = embedded(address) or address
    reserved = isinstance(one, IPv4Address) and one.is_reserved
    return not (one.is_multicast or one.is_unspecified or reserved)


def _address(text: str) -> Address:
    return ipaddress.ip_address(text.partition("%")[0])


def _resolved(host: str, port: int, resolve: Resolve, seconds: float) -> list[str]:
    """What the resolver says within the time; its own patience is not ours to set."""
    found: list[str] = []
    failed: list[Exception] = []

    def ask() -> None:
        try:
            found.extend(resolve(host, port))
        except (OSError, UnicodeError) as error:
            failed.append(error)

    asking = threading.Thread(target=ask, name="resolving a webhook's name", daemon=True)
    asking.start()
    asking.join(seconds)
    if failed or not found:
        raise Temporary(f"The name {host} cannot be resolved.")
    return list(found)


def resolve(host: str, port: int) -> list[str]:
    """The addresses that the system knows for a name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))
