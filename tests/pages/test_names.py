"""A name that no rule could place, answered by a person: for the leads that wait, for later ones, and taken back."""

import csv
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from leads.models import Account, DomainClaim, Lead, Rep
from revops import lifecycle
from routing.models import EnrichmentAnswer, NameAnswer
from tests.world import MINUTE, World, check_law


@pytest.fixture
def acme(story: World) -> Account:
    return story.account("Acme Rockets Europe", "acme.test", country="DE", employee_count=1200)


@pytest.fixture
def waiting(story: World, acme: Account) -> list[Lead]:
    """Three leads past the buffer under one name in two spellings, one of them from a personal address."""
    rows = [("jo@one.test", "Acme Rockets"), ("bo@two.test", "acme rockets ltd"), ("al@gmail.com", "Acme Rockets")]
    for email, company in rows:
        story.capture(email, company=company)
    story.pass_time(4 * MINUTE)
    leads = list(Lead.objects.order_by("pk"))
    assert [lead.account for lead in leads] == [None, None, None]
    return leads


@pytest.fixture
def rita(story: World, visit: Callable[..., Client]) -> Client:
    return visit(story.revops)


def answer(client: Client, name: str, account: object, **more: object) -> str:
    """Answer as the page's form does; what the page then says."""
    sent = client.post("/names/answer/", {"name": name, "account": account, **more}, follow=True)
    assert sent.status_code == 200
    return " ".join(str(message) for message in sent.context["messages"])


def shown(client: Client, path: str = "/names/") -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def accounts() -> list[Account | None]:
    return [lead.account for lead in Lead.objects.order_by("pk").select_related("account")]


def test_names_wait_by_name_with_what_tells_the_accounts_apart(rita: Client, waiting: list[Lead]) -> None:
    page = shown(rita)
    assert "2 leads" in page
    assert "1 lead from personal addresses" in page
    assert "also typed" in page
    for fact in ("Acme Rockets Europe", "acme.test", "1,200 people", "Germany", "Accept", "None of these"):
        assert fact in page


def test_one_answer_links_all_that_wait_and_those_to_come(
    story: World, rita: Client, acme: Account, waiting: list[Lead]
) -> None:
    before = [(lead.state, lead.owner_id, lead.due_at, lead.seq, lead.terms) for lead in waiting]
    assert "2 leads of Acme Rockets linked to Acme Rockets Europe" in answer(rita, "Acme Rockets", acme.pk)
    check_law()
    leads = list(Lead.objects.order_by("pk"))
    assert [(lead.state, lead.owner_id, lead.due_at, lead.seq, lead.terms) for lead in leads] == before
    assert accounts() == [acme, acme, None]
    assert leads[0].country == "DE"
    kept = NameAnswer.objects.get()
    assert (kept.account, kept.by, kept.at) == (acme, story.revops.user, story.now)
    page = shown(rita, f"/leads/{leads[0].pk}/")
    assert "a person knew the company" in page
    assert "Rita" in page
    later = story.capture("cy@three.test", company="ACME Rockets, Inc.")
    story.pass_time(4 * MINUTE)
    assert story.again(later).account == acme


def test_an_answer_for_personal_addresses_is_for_the_leads_that_wait_alone(
    story: World, rita: Client, acme: Account, waiting: list[Lead]
) -> None:
    answer(rita, "Acme Rockets", acme.pk, personal="yes")
    assert accounts() == [None, None, acme]
    assert not NameAnswer.objects.exists()
    later = story.capture("di@gmail.com", company="Acme Rockets")
    story.pass_time(4 * MINUTE)
    assert story.again(later).account is None
    assert EnrichmentAnswer.objects.filter(lead=waiting[2], values__by="person").exists()


def test_the_website_typed_with_a_personal_address_is_offered_first(
    story: World, rita: Client, acme: Account, waiting: list[Lead]
) -> None:
    site = story.account("Globex", "globex.test")
    lead = story.capture("di@gmail.com", company="Acme Rockets", website="www.globex.test/about")
    story.pass_time(4 * MINUTE)
    _company, personal = listed()
    assert personal["suggestion_1"].startswith(f"{site.pk}: Globex (its website globex.test was typed, ")
    assert personal["suggestion_2"].startswith(f"{acme.pk}: ")
    assert "its website globex.test was typed" in shown(rita)
    answer(rita, "Acme Rockets", site.pk, personal="yes")
    assert story.again(lead).account == site


def test_those_that_share_the_address_s_domain_are_offered_first_and_one_answer_links(
    story: World, rita: Client, acme: Account
) -> None:
    other = Account.objects.create(name="Paperboat", external_id="2", imported_at=story.now)
    DomainClaim.objects.create(account=other, domain="acme.test")
    lead = story.to_state("assigned", company="Somebody Else")
    assert lead.account is None
    page = shown(rita)
    assert page.count("gives acme.test as its domain, as others do") == 2
    fact = shown(rita, f"/leads/{lead.pk}/")
    assert "Acme Rockets Europe or Paperboat: each gives acme.test as its domain" in fact
    answer(rita, "Somebody Else", other.pk)
    assert story.again(lead).account == other
    assert story.to_state("assigned", "al@acme.test", company="Somebody Else").account == other


def test_a_lead_linked_by_hand_keeps_its_account_when_it_is_enriched_again(
    story: World, rita: Client, acme: Account, waiting: list[Lead]
) -> None:
    answer(rita, "Acme Rockets", acme.pk, personal="yes")
    story.recycle(waiting[2], "bad_data", field="country")
    story.pass_time(4 * MINUTE)
    assert story.again(waiting[2]).account == acme


def test_none_of_these_is_remembered(story: World, rita: Client, acme: Account, waiting: list[Lead]) -> None:
    answer(rita, "Acme Rockets", "none", offered=[acme.pk])
    assert accounts() == [None, None, None]
    assert NameAnswer.objects.get().refused == [acme.pk]
    answer(rita, "Acme Rockets", "none", personal="yes")
    assert "No name waits" in shown(rita)
    Account.objects.filter(pk=acme.pk).update(name="Acme Rockets")
    later = story.capture("cy@three.test", company="Acme Rockets")
    story.pass_time(4 * MINUTE)
    assert story.again(later).account is None


def test_an_answer_taken_back_takes_the_account_with_it(
    story: World, rita: Client, acme: Account, waiting: list[Lead]
) -> None:
    other = story.account("Globex", "globex.test")
    by_domain = story.capture("ed@globex.test", company="Acme Rockets")
    answer(rita, "Acme Rockets", other.pk)
    story.pass_time(4 * MINUTE)
    kept = NameAnswer.objects.get()
    assert "Take back" in shown(rita, "/names/answers/")
    rita.post(f"/names/answers/{kept.pk}/withdraw/")
    check_law()
    assert [lead.account for lead in Lead.objects.filter(pk__in=[lead.pk for lead in waiting])] == [None, None, None]
    assert story.again(by_domain).account == other
    kept.refresh_from_db()
    assert (kept.withdrawn_by, kept.withdrawn_at) == (story.revops.user, story.now)
    assert "Acme Rockets Europe" in shown(rita)
    again = rita.post(f"/names/answers/{kept.pk}/withdraw/", follow=True)
    assert "taken back already" in again.content.decode()


def test_the_second_of_two_answers_is_told_who_was_first(rita: Client, acme: Account, waiting: list[Lead]) -> None:
    answer(rita, "Acme Rockets", acme.pk)
    assert "has answered this name: Acme Rockets Europe" in answer(rita, "ACME ROCKETS", "none")
    assert NameAnswer.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "account", "told"),
    [
        ("Acme Rockets", "", "Pick an account"),
        ("Acme Rockets", "-1", "Pick an account"),
        ("Acme Rockets", "9" * 30, "Pick an account"),
        ("Acme Rockets", "424242", "There is no account 424242"),
        ("n/a", "none", "is not a company"),
        ("\x00", "none", "is not a company"),
        ("GmbH & Co. KG", "none", "is not a company"),
        ("x" * 256, "none", "is not a company"),
    ],
)
def test_a_bad_answer_changes_nothing(rita: Client, waiting: list[Lead], name: str, account: str, told: str) -> None:
    assert told in answer(rita, name, account)
    assert not NameAnswer.objects.exists()


@pytest.mark.parametrize("wanted", ["acme.test", "https://www.acme.test/about", "Acme Ro", "acme rokets"])
def test_another_account_is_found_by_domain_beginning_or_likeness(rita: Client, acme: Account, wanted: str) -> None:
    page = rita.get("/names/find/", {"name": "Umbrella", "q": wanted}).content.decode()
    assert "Acme Rockets Europe" in page
    assert f'value="{acme.pk}"' in page


def test_nothing_found_says_what_to_do(rita: Client) -> None:
    assert "Try its domain" in rita.get("/names/find/", {"name": "Umbrella", "q": "zygote"}).content.decode()


def test_a_name_is_shown_as_text(story: World, rita: Client, acme: Account) -> None:
    story.capture("jo@one.test", company="<script>alert(1)</script> Acme Rockets")
    story.pass_time(4 * MINUTE)
    page = shown(rita)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


PAGES = ("/names/", "/names/find/", "/names/answers/")


def test_managers_may_and_reps_may_not(story: World, visit: Callable[..., Client], waiting: list[Lead]) -> None:
    for path in PAGES:
        assert visit(story.manager).get(path).status_code == 200
        assert visit(story.reps[0]).get(path).status_code == 403
        assert Client().get(path).status_code == 302
    assert visit(story.reps[0]).post("/names/answer/", {"name": "Acme Rockets", "account": "none"}).status_code == 403
    assert visit(story.reps[0]).post("/names/answers/1/withdraw/").status_code == 403


def test_a_manager_sees_the_names_of_their_own_teams_leads(
    waiting: list[Lead], stranger: Rep, visit: Callable[..., Client]
) -> None:
    stranger.team.manager = stranger
    stranger.team.save()
    assert "No name waits" in shown(visit(stranger))


def test_nor_are_other_teams_leads_named_under_a_name_they_share(
    waiting: list[Lead], stranger: Rep, visit: Callable[..., Client]
) -> None:
    stranger.team.manager = stranger
    stranger.team.save()
    Rep.objects.filter(pk=waiting[0].owner_id).update(team=stranger.team)
    page = shown(visit(stranger))
    assert waiting[0].email in page
    assert "1 lead" in page
    assert waiting[1].email not in page


# The command


def listed() -> list[dict[str, str]]:
    out = StringIO()
    call_command("review_matches", stdout=out)
    return list(csv.DictReader(StringIO(out.getvalue())))


def run(file: Path, *lines: str, by: str = "rita@airtight.test") -> tuple[str, str]:
    file.write_text("\n".join(lines), encoding="utf-8")
    out, problems = StringIO(), StringIO()
    try:
        call_command("review_matches", answers=file, by=by, stdout=out, stderr=problems)
    except CommandError as error:
        problems.write(str(error))
    return out.getvalue(), problems.getvalue()


def test_the_command_lists_what_waits(story: World, acme: Account, waiting: list[Lead]) -> None:
    company, personal = listed()
    assert (company["leads"], company["addresses"], company["account_id"]) == ("2", "company", "")
    assert (personal["leads"], personal["addresses"]) == ("1", "personal")
    assert company["suggestion_1"].startswith(f"{acme.pk}: Acme Rockets Europe (acme.test")


def test_the_command_takes_its_own_list_back_with_answers(
    story: World, acme: Account, waiting: list[Lead], tmp_path: Path
) -> None:
    heading = "name,account_id,addresses"
    out, problems = run(tmp_path / "a.csv", heading, f"Acme Rockets,{acme.pk},company", "Acme Rockets,none,personal")
    assert problems == ""
    assert accounts() == [acme, acme, None]
    assert NameAnswer.objects.get().by == story.revops.user
    assert listed() == []
    assert "1  names linked" in out


def test_the_command_names_each_bad_line_and_uses_the_others(
    story: World, acme: Account, waiting: list[Lead], tmp_path: Path
) -> None:
    lines = ["name,account_id", "Acme Rockets,424242", ",5", "n/a,none", "Globex,", f"Acme Rockets,{acme.pk}", "x"]
    _out, problems = run(tmp_path / "a.csv", *lines)
    for line, why in ((2, "no account '424242'"), (3, "names no company"), (4, "not a company"), (7, "1 cell ")):
        assert f"Line {line}: " in problems
        assert why in problems
    assert "4 lines could not be used" in problems
    assert accounts()[:2] == [acme, acme]


def test_the_command_makes_no_alias_for_a_name_that_nobody_waits_under(
    story: World, acme: Account, waiting: list[Lead], tmp_path: Path
) -> None:
    lines = ["name,account_id,addresses", f"Globex Machines,{acme.pk},", f"Globex Machines,{acme.pk},personal"]
    _out, problems = run(tmp_path / "a.csv", *lines)
    assert "Line 2: No lead from company addresses waits under 'Globex Machines'" in problems
    assert "Line 3: No lead from personal addresses waits under 'Globex Machines'" in problems
    assert not NameAnswer.objects.exists()
    story.capture("jo@three.test", company="Globex Machines")  # in the buffer, and still being matched
    assert run(tmp_path / "a.csv", lines[0], lines[1])[1] == ""
    assert NameAnswer.objects.get().account == acme


@pytest.mark.parametrize(
    ("by", "told"),
    [("nobody@airtight.test", "no user"), ("ada@airtight.test", "neither RevOps nor a manager"), ("", "--by EMAIL")],
)
def test_the_command_asks_who_answers(story: World, waiting: list[Lead], tmp_path: Path, by: str, told: str) -> None:
    _out, problems = run(tmp_path / "a.csv", "name,account_id", "Acme Rockets,none", by=by)
    assert told in problems
    assert not NameAnswer.objects.exists()


def test_a_refusal_leaves_nothing_behind(story: World, waiting: list[Lead]) -> None:
    by: Any = story.actor(story.revops)
    with pytest.raises(lifecycle.NoSuchAccount):
        lifecycle.answer_name("Acme Rockets", account_id=424242, at=story.now, by=by)
    assert not NameAnswer.objects.exists()
