"""Base URLs that somebody typed: what is called, and the many ways to write an address that is not."""

import pytest

from revops.integrations.addresses import BadAddress, checked_base_url, is_public

PUBLIC = [
    "https://api.apollo.io/api/v1",
    "https://api.vendor.com",
    "https://api.vendor.com/",
    "https://api.vendor.com:8443/x",
    "https://93.184.215.14",
    "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
    "https://xn--bcher-kva.example",
]
PRIVATE = [
    "https://localhost",
    "https://LOCALHOST",
    "https://127.0.0.1",
    "https://127.1",
    "https://127.0.1",
    "https://0x7f.1",
    "https://0x7f000001",
    "https://0177.0.0.1",
    "https://2130706433",
    "https://017700000001",
    "https://0",
    "https://0.0.0.0",
    "https://127.255.255.254",
    "https://[::1]",
    "https://[::]",
    "https://[0:0:0:0:0:0:0:1]",
    "https://[::ffff:127.0.0.1]",
    "https://[::ffff:7f00:1]",
    "https://[::ffff:10.0.0.1]",
    "https://[::127.0.0.1]",
    "https://[64:ff9b::10.0.0.1]",
    "https://[2002:7f00:1::]",
    "https://[fe80::1]",
    "https://[fe80::1%25eth0]",
    "https://[fc00::1]",
    "https://[fd12:3456::1]",
    "https://[ff02::1]",
    "https://10.0.0.1",
    "https://10.1",
    "https://172.16.0.1",
    "https://172.31.255.255",
    "https://192.168.0.1",
    "https://192.168.1",
    "https://169.254.169.254",
    "https://0xa9fea9fe",
    "https://2852039166",
    "https://100.64.0.1",
    "https://192.0.2.1",
    "https://198.18.0.1",
    "https://224.0.0.1",
    "https://240.0.0.1",
    "https://255.255.255.255",
    "https://intranet",
    "https://metadata.google.internal",
    "https://printer.local",
    "https://db.localhost",
    "https://x.home.arpa",
]
NEVER = [
    "",
    "api.vendor.com",
    "//api.vendor.com",
    "http://api.vendor.com",
    "http://93.184.215.14",
    "ftp://api.vendor.com",
    "file:///etc/passwd",
    "gopher://127.0.0.1:5432/_x",
    "javascript:alert(1)",
    "https://",
    "https:///path",
    "https://user@api.vendor.com",
    "https://user:s3cret@api.vendor.com",
    "https://api.vendor.com@127.0.0.1",
    "https://@api.vendor.com",
    "https://api.vendor.com:port",
    "https://api.vendor.com:0",
    "https://api.vendor.com:99999",
    "https://api.vendor.com?x=1",
    "https://api.vendor.com/#x",
    "https://localhost./",
    "https://api.vendor.com./",
    "https://api vendor.com",
    "https://api.vendor.com\\@127.0.0.1",
    "https://api.vendor.com\r\nHost: x",
    "https://api.vendor.com\x00",
    "https://bücher.example",
    "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "https://１２７.0.0.1",
    "https://-bad.example",
    "https://a..example",
    "https://[::1",
    "https://[v1.x]",
    "https://%31%32%37.0.0.1",
]


@pytest.mark.parametrize("url", PUBLIC)
def test_what_is_public_is_taken(url: str) -> None:
    assert checked_base_url(url) == url.rstrip("/")


@pytest.mark.parametrize("url", PRIVATE)
def test_what_is_private_needs_a_setting(url: str) -> None:
    with pytest.raises(BadAddress, match="private network"):
        checked_base_url(url)
    assert checked_base_url(url, private_allowed=True) == url


@pytest.mark.parametrize("url", NEVER)
@pytest.mark.parametrize("private_allowed", [False, True])
def test_what_is_never_taken(url: str, private_allowed: bool) -> None:
    with pytest.raises(BadAddress) as caught:
        checked_base_url(url, private_allowed=private_allowed)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8020/apollo", "http://localhost:8020", "http://[::1]:8020"])
def test_plain_http_is_for_this_machine_alone(url: str) -> None:
    assert checked_base_url(url, private_allowed=True) == url
    with pytest.raises(BadAddress):
        checked_base_url(url)
    with pytest.raises(BadAddress, match="https"):
        checked_base_url("http://10.0.0.1:8020", private_allowed=True)


@pytest.mark.parametrize(
    ("address", "public"), [("93.184.215.14", True), ("10.0.0.1", False), ("::ffff:10.0.0.1", False), ("name", False)]
)
def test_what_a_name_resolves_to(address: str, public: bool) -> None:
    assert is_public(address) is public
