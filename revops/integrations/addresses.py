"""Addresses we may call: a base URL that cannot lead a call astray, and no machine of our own network by mistake."""

import ipaddress
import re
import socket
from urllib.parse import urlsplit

from revops.integrations.errors import VendorError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NEVER = re.compile(r"[\x00-\x20\x7f-\U0010ffff\\]")
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*")
_INSIDE = ("localhost", "local", "localdomain", "internal", "lan", "home", "corp", "intranet", "private", "home.arpa")


class BadAddress(ValueError):
    """A base URL that will not be called. Its text says why and holds nothing of what the URL may carry in secret."""


def checked_base_url(url: str, *, private_allowed: bool = False) -> str:
    """The URL without its last slash. Raises BadAddress.

    It must be https, with a host of its own and no name, password, query or fragment in it. `private_allowed` lets it
    name a machine of our own network too, and plain http to this machine, where stand-ins are. What a public name
    resolves to is looked at when it is called (see wire.py).
    """
    if not isinstance(url, str) or _NEVER.search(url):
        raise BadAddress("it must be a web address without spaces, backslashes or letters outside ASCII")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BadAddress("it must be a web address such as https://api.vendor.com") from None
    if parts.scheme not in {"http", "https"} or not host or port == 0:
        raise BadAddress("it must be a web address such as https://api.vendor.com")
    if "@" in parts.netloc or "?" in url or "#" in url:
        raise BadAddress("it must not carry a name, a password, a query or a fragment")
    if "[" in parts.netloc and ":" not in host:
        raise BadAddress("its host must be a plain name such as api.vendor.com")
    _check_host(host, private_allowed=private_allowed)
    if parts.scheme == "http" and not is_loopback(host):
        raise BadAddress("it must begin with https://; plain http is for a stand-in on this machine alone")
    return url.rstrip("/")


def callable_url(vendor: str, setting: str, url: str, *, private_allowed: bool) -> str:
    """The checked base URL of a vendor that is about to be called. Raises VendorError, which names the setting."""
    try:
        return checked_base_url(url, private_allowed=private_allowed)
    except BadAddress as why:
        hint = "" if private_allowed else " (AIRTIGHT_PRIVATE_VENDORS=1 allows private addresses)"
        raise VendorError(
            f"{vendor}: {setting} cannot be called: {why}{hint}", permanent=True, configuration=True
        ) from None


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the world, by whatever form it is written or wrapped in."""
    try:
        return all(_is_global(form) for form in _forms(ipaddress.ip_address(address.partition("%")[0])))
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    literal = _literal(host)
    return literal is not None and literal.is_loopback


def _check_host(host: str, *, private_allowed: bool) -> None:
    literal = _literal(host)
    if literal is None and not _HOST.fullmatch(host):
        raise BadAddress("its host must be a plain name such as api.vendor.com")
    if private_allowed:
        return
    if literal is not None and not is_public(str(literal)):
        raise BadAddress("its host is an address of a private network")
    if literal is None and ("." not in host or any(f".{host}".endswith(f".{inside}") for inside in _INSIDE)):
        raise BadAddress("its host is a name of a private network")


def _literal(host: str) -> Address | None:
    """The IP address that a host is, in any form that the system's resolver takes for one ('127.1', '0x7f.1')."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _is_global(address: Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved


def _forms(address: Address) -> list[Address]:
    """The address, and the IPv4 address that an IPv6 one carries through a gateway."""
    if not isinstance(address, ipaddress.IPv6Address):
        return [address]
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    return [address, *(inner for inner in (address.sixtofour, _translated(address)) if inner is not None)]


def _translated(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    inside = address in ipaddress.ip_network("64:ff9b::/96")
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if inside else None
