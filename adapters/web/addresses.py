"""Which network addresses a vendor's server may have (attack A120).

"Global" as IANA's special-purpose registries say (RFC 6890), by way of ``ipaddress``, and narrower where
an address can hide another one or where a cloud answers on a public number.
"""

import ipaddress
import socket
from collections.abc import Iterable

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NEVER_V6 = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "2001::/23",  # protocol assignments, Teredo among them
            "2002::/16",  # 6to4: an IPv4 address in disguise
            "3fff::/20",  # documentation (RFC 9637), newer than the library's list
        ),
    )
)
_NEVER_V4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "192.0.0.0/24",  # protocol assignments; Oracle Cloud's metadata is at 192.0.0.192
            "192.88.99.0/24",  # 6to4 relays (RFC 7526)
            "168.63.129.16/32",  # Azure's metadata and DNS, on a public number
            "224.0.0.0/4",  # multicast
        ),
    )
)


def is_public(address: str) -> bool:
    """Whether an address in text is one of the open internet; False for what is no address at all.

    Loopback, private, link-local (cloud metadata), shared, documentation, multicast and reserved ranges are
    not; nor is any IPv6 address that carries an IPv4 one (mapped, compatible, NAT64, 6to4, Teredo).
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv4Address):
        return parsed.is_global and not any(parsed in network for network in _NEVER_V4)
    if parsed.scope_id is not None or parsed not in _GLOBAL_UNICAST:
        return False
    return parsed.is_global and not any(parsed in network for network in _NEVER_V6)


def are_public(addresses: Iterable[str]) -> bool:
    """Whether there is at least one address, and all of them are public."""
    found = tuple(addresses)
    return bool(found) and all(map(is_public, found))


def resolve(
    host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
) -> tuple[tuple[socket.AddressFamily, str], ...]:
    """Family and address of each place where ``host`` is, by the system's resolver.

    :raises OSError: it has none, or the name servers do not answer.
    """
    found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
    return tuple((each[0], str(each[4][0])) for each in found)
