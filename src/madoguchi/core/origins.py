"""From which network a request comes, as the proxies in front of the platform tell it."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network


def network_of(forwarded_for: str, direct: str, *, proxies: int) -> str:
    """The network behind a request; empty where it cannot be told, such as on this machine.

    `forwarded_for` is the header in which each proxy adds the address it was asked from, `direct` the address of the
    connection, `proxies` how many of ours stand in front. Of IPv6, in which one connection has billions of addresses,
    the first 64 bits. What stands in front of the address that the outermost of our proxies added can be made up by
    anybody.
    """
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    told = hops[-proxies:][:1] if proxies else []
    try:
        address = ip_address(told[0] if told else direct)
    except ValueError:
        return ""
    if address.is_loopback:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((address, 64), strict=False))
    return str(address)
