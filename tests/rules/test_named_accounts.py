"""Named accounts: typed or from a file, all of it or none, and another list for each change."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from leads.intake.problems import BadFile
from leads.models import Account, RuleSet
from revops import rules
from routing import named_accounts
from routing.models import NamedList, Pool
from routing.named_accounts import BadRows
from tests.admin.conftest import said, typed
from tests.admin.test_people import change, save
from tests.admin.test_rules import errors
from tests.rules.test_publishing import west
from tests.world import World


def read(text: str) -> list[str]:
    return named_accounts.domains_of(named_accounts.typed(text))


def read_file(text: str) -> list[str]:
    return named_accounts.domains_of(named_accounts.uploaded(BytesIO(text.encode()), "accounts.csv"))


def file_of(text: str, name: str = "accounts.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(), content_type="text/csv")


def test_domains_websites_and_names_of_known_accounts_are_domains(world: World) -> None:
    account = world.account("Initech", "initech.test")
    account.domains.create(domain="initech.co.uk")
    text = "acme.test\r\n\r\n https://www.Globex.test:8080/about \nINITECH\nacme.test"
    assert read(text) == ["acme.test", "globex.test", "initech.co.uk", "initech.test"]
    assert read("") == []


def test_every_bad_line_is_told_with_its_number_and_reason(world: World) -> None:
    world.account("Twin", "twin.test")
    world.account("Twin", "twin2.test")
    Account.objects.create(name="Bare", normal_name="bare", imported_at=world.now)
    with pytest.raises(BadRows) as found:
        read("acme.test\ngmail.com\nNobody Known\nTwin\nBare\nlinkedin.com/company/acme")
    assert found.value.sentences == [
        "Line 2, “gmail.com”: anybody may have an address at gmail.com, so it stands for no company.",
        "Line 3, “Nobody Known”: no account of that name is known; give its domain.",
        "Line 4, “Twin”: 2 accounts are called that; give the domain of the one you mean.",
        "Line 5, “Bare”: no domain of that account is known; give it here.",
        "Line 6, “linkedin.com/company/acme”: a page at linkedin.com is no company's own site; "
        "give the company's domain.",
    ]


def test_of_many_bad_lines_the_first_are_told_and_the_rest_counted() -> None:
    with pytest.raises(BadRows) as found:
        read("gmail.com\n" * 50)
    assert len(found.value.sentences) == 21
    assert found.value.sentences[-1] == "And 30 more lines like these."


@pytest.mark.parametrize(
    ("text", "domains"),
    [
        ("domain\nacme.test\nglobex.test\n", ["acme.test", "globex.test"]),
        ("Company;Website;Owner\nAcme;https://www.acme.test/;Jo\n", ["acme.test"]),
        ("\ufeffname,domain\nAny,acme.test\nOther,\n", None),
        ("acme.test\nglobex.test\n", ["acme.test", "globex.test"]),
    ],
)
def test_a_file_is_read_by_its_headings(db: None, text: str, domains: list[str] | None) -> None:
    if domains is not None:
        assert read_file(text) == domains
        return
    with pytest.raises(BadRows) as found:
        read_file(text)
    assert found.value.sentences == ["Line 3, “Other”: no account of that name is known; give its domain."]


@pytest.mark.parametrize(
    ("text", "told"),
    [("city,size\nUtrecht,3\n", "has no column “domain”"), ("", "is empty"), ("%PDF-1.4", "a PDF document")],
)
def test_a_file_of_something_else_is_refused_in_a_sentence(db: None, text: str, told: str) -> None:
    with pytest.raises(BadFile, match=told):
        read_file(text)


def test_a_row_with_too_many_cells_is_not_guessed_at(db: None) -> None:
    with pytest.raises(BadRows, match="Line 3: The row has 3 cells"):
        read_file("domain,owner\nacme.test,Jo\nglobex.test,a,b\n")


def test_a_list_that_is_saved_is_another_list_and_the_version_tells_who_came_and_went(
    world: World, rita: Client
) -> None:
    pool = west(world)
    url = change(pool.territory)
    save(rita, url, **{"pool-0-named_text": "acme.test\r\nglobex.test"})
    first = NamedList.objects.get()
    assert (first.domains, first.name, first.by, first.at) == (
        ["acme.test", "globex.test"], "West", world.revops.user, world.now,
    )  # fmt: skip
    save(rita, url)
    assert NamedList.objects.count() == 1, "saving without a change is no other list"
    save(rita, url, **{"pool-0-named_text": "globex.test\ninitech.test"})
    pool.refresh_from_db()
    assert pool.named.domains == ["globex.test", "initech.test"]
    assert NamedList.objects.get(pk=first.pk).domains == ["acme.test", "globex.test"]
    latest = RuleSet.objects.latest("number")
    told = rita.get(change(latest)).content.decode()
    assert "Named accounts: +1 (initech.test) and −1 (acme.test), now 2" in told
    save(rita, url, **{"pool-0-named_text": ""})
    pool.refresh_from_db()
    assert pool.named is None


def test_a_file_takes_the_place_of_the_list_or_nothing_is_changed(world: World, rita: Client) -> None:
    pool = west(world)
    url = change(pool.territory)
    page = rita.post(url, typed(rita, url, **{"pool-0-named_file": file_of("domain\nacme.test\nhotmail.com\n")}))
    assert "Line 3, “hotmail.com”" in errors(page, "named_file")
    assert not NamedList.objects.exists()
    assert not RuleSet.objects.exists()
    save(rita, url, **{"pool-0-named_file": file_of("domain\nacme.test\n")})
    pool.refresh_from_db()
    assert pool.named.domains == ["acme.test"]
    assert rules.standing().routing.by_territory[pool.territory_id].named == {"acme.test"}
    both = {"pool-0-named_text": "globex.test", "pool-0-named_file": file_of("domain\ninitech.test\n")}
    assert "not both at once" in errors(rita.post(url, typed(rita, url, **both)), "named_file")
    lead = world.to_state("assigned", "jo@acme.test", country="US")
    assert lead.territory_id == pool.territory_id, "a named account goes before any criteria"


def test_a_territory_may_take_named_accounts_alone(world: World, rita: Client) -> None:
    pool = west(world, criteria={}, active=False)
    url = change(pool.territory)
    assert errors(rita.post(url, typed(rita, url, **{"pool-0-active": "on"})), "criteria")
    save(rita, url, **{"pool-0-active": "on", "pool-0-named_text": "acme.test"})
    assert Pool.objects.get(pk=pool.pk).active


def test_accounts_that_another_territory_names_too_are_warned_of(world: World, rita: Client) -> None:
    west(world, named=NamedList.objects.create(name="West", domains=["acme.test", "globex.test"]))
    page = save(rita, change(world.territory), **{"pool-0-named_text": "acme.test"})
    assert "West names 1 of these accounts too (acme.test): who comes first has them." in said(page)


def test_a_long_list_is_not_shown_to_be_typed_over_and_is_kept(world: World, rita: Client) -> None:
    domains = [f"company{number}.test" for number in range(2_001)]
    pool = west(world, named=NamedList.objects.create(name="West", domains=domains))
    url = change(pool.territory)
    page = rita.get(url).content.decode()
    assert "2,001 accounts are named." in page
    assert "company7.test" not in page
    save(rita, url, **{"pool-0-longest_wait": 3})
    pool.refresh_from_db()
    assert (pool.longest_wait, len(pool.named.domains)) == (3, 2_001)
    listed = rita.get(reverse("admin:leads_territory_named_accounts", args=[pool.territory_id]))
    assert listed.content.decode().splitlines()[:2] == ["domain", pool.named.domains[0]]
    assert len(listed.content.splitlines()) == 2_002
    save(rita, url, **{"pool-0-named_none": "on"})
    pool.refresh_from_db()
    assert pool.named is None
    assert "named_none" not in rita.get(url).content.decode(), "the list is shown, and can be emptied there"
