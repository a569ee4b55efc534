import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.intake.domains import company_domain, is_disposable, is_free_mail, registrable_domain


@pytest.mark.parametrize(
    ("value", "domain"),
    [
        ("acme.com", "acme.com"),
        ("https://www.acme.co.uk:8080/about?x=1#y", "acme.co.uk"),
        ("HTTP://user:secret@WWW.Acme.com.", "acme.com"),
        ("  www.acme.com\u200b", "acme.com"),
        ("mail.eu.acme.com", "acme.com"),
        ("https://Bücher.de/x", "xn--bcher-kva.de"),
        ("straße.de", "xn--strae-oqa.de"),
        ("acme。jp", "acme.jp"),
        ("foo.github.io", "foo.github.io"),
        ("https://a.foo.herokuapp.com", "foo.herokuapp.com"),
        ("ngrok.io", "ngrok.io"),
        ("www.ngrok.io", "ngrok.io"),
        ("acme.test", "acme.test"),
        ("co.uk", None),
        ("com", None),
        ("localhost", None),
        ("printer.local", None),
        ("http://", None),
        ("", None),
        ("http://127.0.0.1/", None),
        ("http://[::1]/", None),
        ("http://[bad", None),
        ("javascript:alert(1)", None),
        ("ftp://acme.com", None),
        ("https://acme.com\\@evil.com", None),
        ("acme.com evil.com", None),
        ("a..b.com", None),
        ("x" * 5_000, None),
    ],
)
def test_registrable_domain(value: str, domain: str | None) -> None:
    assert registrable_domain(value) == domain


@pytest.mark.parametrize(
    ("website", "domain"),
    [
        ("https://acme.com/en?utm_source=yc", "acme.com"),
        ("https://angel.co/slidepay", None),
        ("http://facebook.com/live/producer", None),
        ("https://www.linkedin.com/company/acme", None),
        ("https://acme.medium.com", None),
        ("https://play.google.com/store/apps/details?id=acme", None),
        ("https://github.com/acme", None),
        ("https://github.com", "github.com"),
        ("https://www.linkedin.com/", "linkedin.com"),
        ("gmail.com", None),
        ("https://acme.github.io/site", "acme.github.io"),
        ("http://", None),
        ("http://url", None),
    ],
)
def test_company_domain(website: str, domain: str | None) -> None:
    assert company_domain(website) == domain


def test_free_mail_has_an_allow_list_and_covers_subdomains() -> None:
    assert all(map(is_free_mail, ["gmail.com", "GMX.de", "web.de", "qq.com", "mail.yahoo.com", "mailinator.com"]))
    assert not any(map(is_free_mail, ["alibaba.com", "nus.edu.sg", "oath.com", "unican.es", "acme.com", "com", ""]))
    assert is_disposable("mailinator.com")
    assert not is_disposable("gmail.com")


@settings(deadline=None)
@given(st.text() | st.builds("https://{}/{}".format, st.text(), st.text()))
def test_never_raises(value: str) -> None:
    for domain in (registrable_domain(value), company_domain(value)):
        assert domain is None or (domain.isascii() and "." in domain and len(domain) <= 253)
