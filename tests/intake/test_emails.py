import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.intake.emails import clean_email
from leads.intake.problems import Unusable


@pytest.mark.parametrize(
    ("typed", "address", "key"),
    [
        ("ana@acme.co", "ana@acme.co", "ana@acme.co"),
        ("  Ana.Vega@ACME.co ", "Ana.Vega@acme.co", "ana.vega@acme.co"),
        ("\u00a0ana@acme.co\u200b", "ana@acme.co", "ana@acme.co"),
        ("\ufeffana+yc@acme.co", "ana+yc@acme.co", "ana@acme.co"),
        ("ana+a+b@acme.co", "ana+a+b@acme.co", "ana@acme.co"),
        ("+tag@acme.co", "+tag@acme.co", "+tag@acme.co"),
        ("Ana Vega <ana@acme.co>", "ana@acme.co", "ana@acme.co"),
        ('"Vega, Ana" <ana@acme.co>', "ana@acme.co", "ana@acme.co"),
        ("<ana@acme.co>", "ana@acme.co", "ana@acme.co"),
        ("mailto:ana@acme.co", "ana@acme.co", "ana@acme.co"),
        ("MAILTO: ana@acme.co", "ana@acme.co", "ana@acme.co"),
        ("o'brien@acme.co", "o'brien@acme.co", "o'brien@acme.co"),
        ("jörg@Bücher.de", "jörg@bücher.de", "jörg@xn--bcher-kva.de"),
        ("JÖRG@xn--bcher-kva.de", "JÖRG@xn--bcher-kva.de", "jörg@xn--bcher-kva.de"),
        ("अंकित@acme.co", "अंकित@acme.co", "अंकित@acme.co"),
        ("a_b-c/d=e@mail.acme.co.uk", "a_b-c/d=e@mail.acme.co.uk", "a_b-c/d=e@mail.acme.co.uk"),
    ],
)
def test_usable_addresses(typed: str, address: str, key: str) -> None:
    email = clean_email(typed)
    assert (email.address, email.person_key) == (address, key)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (None, "missing"),
        ("", "missing"),
        (" \u200b ", "missing"),
        ("<>", "missing"),
        (7, "not_text"),
        (["a@b.co"], "not_text"),
        ("not an address", "no_at"),
        ("a@b@c.co", "many_at"),
        ("a@b.co, c@d.co", "many_at"),
        ("ana@", "bad_domain"),
        ("ana@acme", "bad_domain"),
        ("ana@localhost", "bad_domain"),
        ("ana@127.0.0.1", "bad_domain"),
        ("ana@[127.0.0.1]", "bad_domain"),
        ("ana@acme.co.", "bad_domain"),
        ("ana@my_company.com", "bad_domain"),
        ("ana@-acme.co", "bad_domain"),
        ("ana@acme..co", "bad_domain"),
        ("chloe@x.co?utm_source=yc", "query_leftover"),
        ("@acme.co", "bad_local"),
        (".ana@acme.co", "bad_local"),
        ("ana.@acme.co", "bad_local"),
        ("a..b@acme.co", "bad_local"),
        ("a(b)@acme.co", "bad_local"),
        ("a<b>@acme.co", "bad_local"),
        ("x" * 65 + "@acme.co", "bad_local"),
        ("ana vega@acme.co", "bad_characters"),
        ("ana\x00@acme.co", "bad_characters"),
        ("ana\r\nBcc:x@acme.co", "bad_characters"),
        ("an\u200ba@acme.co", "bad_characters"),
        ("a@" + "x." * 130 + "co", "too_long"),
    ],
)
def test_unusable_addresses(typed: object, code: str) -> None:
    with pytest.raises(Unusable) as error:
        clean_email(typed)
    assert error.value.code == code


@pytest.mark.parametrize(
    ("typed", "registrable", "free", "disposable"),
    [
        ("a@mail.acme.co.uk", "acme.co.uk", False, False),
        ("a@gmail.com", "gmail.com", True, False),
        ("a@yahoo.co.uk", "yahoo.co.uk", True, False),
        ("a@hey.com", "hey.com", True, False),
        ("a@mailinator.com", "mailinator.com", True, True),
        ("a@facebook.com", "facebook.com", False, False),
        ("a@easypost.com", "easypost.com", False, False),
    ],
)
def test_what_the_domain_tells(typed: str, registrable: str, free: bool, disposable: bool) -> None:
    email = clean_email(typed)
    assert (email.registrable_domain, email.is_free_mail, email.is_disposable) == (registrable, free, disposable)


@settings(deadline=None)
@given(st.text() | st.builds("{}@{}".format, st.text(), st.text()) | st.none() | st.integers() | st.lists(st.text()))
def test_anything_is_an_address_or_unusable(typed: object) -> None:
    try:
        email = clean_email(typed)
    except Unusable:
        return
    assert email.address.count("@") == 1
    assert len(email.person_key) <= 320


@settings(deadline=None)
@given(st.emails())
def test_cleaning_twice_changes_nothing(address: str) -> None:
    try:
        email = clean_email(address)
    except Unusable:
        return
    assert clean_email(email.address) == email
