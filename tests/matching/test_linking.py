"""Which leads get which account by themselves, and which never do."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.intake.domains import is_free_mail
from leads.models import Account, AccountDomain, DomainClaim, Lead
from routing.matching.index import catch_up, catch_up_all
from routing.matching.linking import Match, contenders, match
from routing.models import AccountName, ChangedAccount, NameAnswer, NameGram
from tests.world import MONDAY, World


def account(name: str, *domains: str, aliases: tuple[str, ...] = ()) -> Account:
    row = Account.objects.create(name=name, aliases=list(aliases), imported_at=MONDAY)
    AccountDomain.objects.bulk_create(AccountDomain(account=row, domain=domain) for domain in domains)
    return row


def lead(company: str = "", *, email: str = "jo@somewhere.test", domain: str = "somewhere.test", pk: int = 1) -> Lead:
    free = domain == "" or is_free_mail(email.partition("@")[2])
    return Lead(pk=pk, email=email, domain=domain, company=company, is_free_mail=free)


def found(one: Lead) -> Match | None:
    return match([one]).get(one.pk)


def by(company: str = "", **fields: str) -> str:
    one = found(lead(company, **fields))
    return one.by if one else ""


pytestmark = pytest.mark.django_db


def test_any_of_an_accounts_domains_links_before_the_name_does() -> None:
    acme = account("Acme Rockets", "acme.test", "acme.example")
    account("Globex Machines", "globex.test")
    assert found(lead("Globex Machines", domain="acme.example")) == Match(acme, "domain")


def test_another_domain_of_the_same_owner_links_when_one_account_alone_has_one() -> None:
    airbnb = account("Airbnb", "airbnb.com")
    assert found(lead(domain="airbnb.at", email="jo@airbnb.at")) == Match(airbnb, "owner")
    account("Airbnb Schweiz", "airbnb.ch")
    assert by(domain="airbnb.at", email="jo@airbnb.at") == ""


def test_the_very_name_tells_apart_the_accounts_that_share_a_domain() -> None:
    first, second = account("Acme", "acme.test"), account("Beta")
    DomainClaim.objects.create(account=second, domain="acme.test")
    assert found(lead("BETA Ltd", domain="acme.test")) == Match(second, "domain and name")
    assert found(lead("Acme", domain="acme.test")) == Match(first, "domain and name")
    DomainClaim.objects.create(account=account("Beta GmbH"), domain="acme.test")
    assert found(lead("Beta", domain="acme.test")) is None


def test_where_nothing_tells_them_apart_nobody_is_linked_whoever_had_the_domain_first() -> None:
    DomainClaim.objects.create(account=account("Beta"), domain=account("Acme", "acme.test").domains.get().domain)
    account("Globex Machines")
    for typed in ("", "Beta Rockets", "Globex Machines"):
        one = lead(typed, domain="acme.test")
        assert found(one) is None
        assert [each.name for each in contenders(one)] == ["Acme", "Beta"]
    assert contenders(lead(domain="elsewhere.test")) == []


def test_then_a_person_s_answer_for_the_name_links() -> None:
    beta = account("Beta")
    DomainClaim.objects.create(account=beta, domain=account("Acme", "acme.test").domains.get().domain)
    NameAnswer.objects.create(joined="betarockets", name="Beta Rockets", account=beta, at=MONDAY)
    assert found(lead("Beta Rockets", domain="acme.test")) == Match(beta, "answer")


def test_the_owner_s_other_domains_tell_where_one_account_alone_has_them() -> None:
    first, second = account("Airbnb", "airbnb.com"), account("Airbnb Plus", "airbnb.ch")
    DomainClaim.objects.create(account=second, domain="airbnb.com")
    one = lead(domain="airbnb.com", email="jo@airbnb.com")
    assert found(one) == Match(second, "domain and owner")
    AccountDomain.objects.create(account=first, domain="airbnb.de")
    assert found(one) is None
    AccountDomain.objects.filter(domain="airbnb.de").update(account=account("Someone Else"))
    assert found(one) is None


def test_so_it_does_for_another_domain_of_the_same_owner() -> None:
    first, second = account("Airbnb", "airbnb.com"), account("Airbnb Plus")
    DomainClaim.objects.create(account=second, domain="airbnb.com")
    assert found(lead("Airbnb Plus", domain="airbnb.at", email="jo@airbnb.at")) == Match(second, "owner and name")
    assert found(lead(domain="airbnb.at", email="jo@airbnb.at")) is None
    AccountDomain.objects.create(account=first, domain="airbnb.de")
    assert found(lead(domain="airbnb.at", email="jo@airbnb.at")) == Match(first, "owner")


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("jo@gmail.com", "gmail.com"),
        ("jo@mailinator.com", "mailinator.com"),
        ("support@acme.zendesk.com", "zendesk.com"),
        ("jo@acme.onmicrosoft.com", "onmicrosoft.com"),
    ],
)
def test_a_domain_that_many_share_never_links(email: str, domain: str) -> None:
    account("Whoever", domain)
    assert by(email=email, domain=domain) == ""


@pytest.mark.parametrize("email", ["jo@gmail.com", "jo@mailinator.com"])
def test_nor_does_a_website_typed_with_personal_mail(email: str) -> None:
    account("Acme Rockets", "acme.test")
    assert by("Acme Rockets", email=email, domain="acme.test") == ""
    assert by(email="jo@acme.test", domain="acme.test") == "domain"


def test_the_operator_of_a_shared_site_is_an_account_like_any() -> None:
    account("Zendesk", "zendesk.com")
    assert by(email="jo@zendesk.com", domain="zendesk.com") == "domain"


@pytest.mark.parametrize(
    "typed", ["Acme Rockets", "the ACME  rockets, Inc.", "AcmeRockets", "Roadrunner Traps", "acme-rockets"]
)
def test_a_telling_name_or_alias_that_one_account_has_links(typed: str) -> None:
    account("Acme Rockets GmbH", "acme.test", aliases=("Roadrunner Traps",))
    assert by(typed) == "name"


@pytest.mark.parametrize(
    "typed", ["Apple", "Software Solutions", "n/a", "", "Acme Rocket", "Acme", "Acme Rockets Europe"]
)
def test_a_name_that_is_short_common_junk_or_only_alike_does_not(typed: str) -> None:
    for name in ("Apple", "Software Solutions", "n/a", "Acme Rockets"):
        account(name)
    assert by(typed) == ""


def test_a_name_of_two_accounts_links_to_neither() -> None:
    account("Acme Rockets", "acme.test")
    account("Globex", "globex.test", aliases=("Acme Rockets Ltd",))
    assert by("Acme Rockets") == ""


@pytest.mark.parametrize("rival", ["Acme", "Acme Rockets Japan", "AR"])
def test_nor_does_a_name_when_another_account_may_be_meant(rival: str) -> None:
    account("Acme Rockets")
    account(rival)
    assert by("Acme Rockets") == ""


def test_of_a_name_and_its_short_form_neither_links_while_two_accounts_have_them() -> None:
    account("University of California Riverside")
    assert by("University of California Riverside") == "name"
    account("UC Riverside")
    assert by("UC Riverside") == by("University of California Riverside") == ""
    assert by("UC Davis") == ""


def test_the_name_of_a_domain_is_no_name_to_link_by() -> None:
    account("Globex", "acme-rockets.test")
    assert by("Acme Rockets") == ""


def test_a_name_never_links_personal_mail_whatever_anybody_answered() -> None:
    acme = account("Acme Rockets")
    NameAnswer.objects.create(joined="umbrella", name="Umbrella", account=acme, at=MONDAY)
    assert by("Umbrella") == "answer"
    assert by("Umbrella", email="jo@gmail.com", domain="") == ""
    assert by("Acme Rockets", email="jo@gmail.com", domain="") == ""


def test_an_answer_goes_before_the_name_and_a_refusal_holds() -> None:
    acme, globex = account("Acme Rockets"), account("Globex")
    answer = NameAnswer.objects.create(joined="acmerockets", name="Acme Rockets", account=globex, at=MONDAY)
    assert found(lead("Acme Rockets")) == Match(globex, "answer")
    answer.account, answer.refused = None, [acme.pk]
    answer.save()
    assert by("Acme Rockets") == ""
    answer.withdrawn_at = MONDAY
    answer.save()
    assert by("Acme Rockets") == "name"


def test_a_set_of_leads_costs_what_one_does() -> None:
    for number in range(40):
        account(f"Acme Rockets {number}", f"acme{number}.test")
    catch_up_all()
    few = [lead(f"Acme Rockets {number}", pk=number + 1) for number in range(2)]
    many = [lead(f"Acme Rockets {number}", pk=number + 1) for number in range(40)]
    with CaptureQueriesContext(connection) as small:
        match(few)
    with CaptureQueriesContext(connection) as large:
        assert len(match(many)) == 40
    assert len(large) == len(small)


# The index


def test_whoever_writes_an_account_its_names_follow() -> None:
    acme = account("Acme Rockets", "acme.test", aliases=("Roadrunner Traps",))
    catch_up_all()
    assert set(AccountName.objects.values_list("name", "kind")) == {
        ("Acme Rockets", "name"),
        ("Roadrunner Traps", "alias"),
        ("acme", "domain"),
    }
    with connection.cursor() as cursor:
        cursor.execute("UPDATE leads_account SET name = 'Globex Machines', aliases = '[]' WHERE id = %s", [acme.pk])
        cursor.execute("DELETE FROM leads_accountdomain")
    assert by("Acme Rockets") == ""
    assert by("Globex Machines") == "name"
    [kept] = AccountName.objects.all()
    assert set(NameGram.objects.values_list("name_id", flat=True)) == {kept.pk}


def test_what_does_not_touch_the_names_is_not_read_again() -> None:
    acme = account("Acme Rockets")
    catch_up_all()
    acme.city = "Springfield"
    acme.save()
    assert not ChangedAccount.objects.exists()


def test_an_account_that_is_gone_is_forgotten() -> None:
    account("Acme Rockets", "acme.test").delete()
    assert catch_up() == 1
    assert not AccountName.objects.exists()


# The law: likeness links nothing


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet="acmerokts AR.-&", min_size=1, max_size=18))
def test_what_links_is_the_very_name(world: World, typed: str) -> None:
    if not Account.objects.exists():
        account("Acme Rockets", aliases=("Acme Rocket Works",))
    linked = by(typed)
    letters = "".join(sign for sign in typed.casefold() if sign.isalnum())
    assert not linked or letters in ("acmerockets", "acmerocketworks", "acmerocketsco", "acmerocketscoop")
