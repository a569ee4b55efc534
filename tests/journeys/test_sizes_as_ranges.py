"""A size is told only as a range, by the lead, its account or a vendor: it is judged by, and a count goes before it."""

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from leads.intake.account_form import clean_account
from leads.intake.directory import save_accounts
from leads.models import Account, Lead
from routing.models import Decision, EnrichmentAnswer
from tests.journeys.conftest import Story
from tests.journeys.scripted import Vendors, company
from tests.world import MINUTE, SECOND


def fit(lead: int) -> str:
    return str(Decision.objects.get(lead=lead, kind="qualification").steps["fit"])


@pytest.mark.parametrize(("told", "verdict"), [("51-200", "fit"), ("1-9", "not fit"), ("5-50", "unknown")])
def test_a_form_that_tells_a_range_is_judged_by_it(story: Story, told: str, verdict: str) -> None:
    lead = story.form(employee_range=told)["id"]
    story.wait(6 * MINUTE)
    known = story.lead(lead)
    assert (known["employee_count"], known["employee_range"]) == (None, told)
    assert fit(lead) == verdict


def test_the_api_says_what_is_wrong_with_a_range(story: Story) -> None:
    answer = story.api.post("leads/", story.world.revops.user, {"email": "jo@acme.test", "employee_range": "200-51"})
    assert answer.status_code == 400
    assert "200-51" in answer.json()["errors"]["employee_range"][0]


def test_a_later_form_with_the_count_supersedes_the_range_and_never_the_other_way(story: Story) -> None:
    lead = story.form(employee_range="51-200")["id"]
    story.form(employee_range="1-10")
    assert story.lead(lead)["employee_range"] == "51-200"
    story.form(employee_count=80)
    story.form(employee_range="201-500")
    assert (story.lead(lead)["employee_count"], story.lead(lead)["employee_range"]) == (80, "")


@pytest.mark.parametrize("heading", ["Company size", "Employee range"])
def test_a_file_may_tell_it_under_either_heading(story: Story, tmp_path: Any, heading: str) -> None:
    file = tmp_path / "leads.csv"
    file.write_text(f'Email,{heading}\njo@acme.test,"1,001 - 5,000 employees"\nbo@acme.test,"10,001+"\n')
    call_command("import_leads", str(file))
    told = dict(Lead.objects.values_list("email", "employee_range"))
    assert told == {"jo@acme.test": "1001-5000", "bo@acme.test": "10001+"}
    assert not Lead.objects.filter(employee_count__isnull=False).exists()


def test_a_vendor_that_knows_the_range_alone_is_enough_where_it_decides(story: Story, ask: Vendors) -> None:
    ask.apollo.says = company("apollo", employee_range="51-200", country="DE")
    ask.zoominfo.says = company("zoominfo", employee_count=77)
    lead = story.form()["id"]
    ask.ask()
    assert ask.calls() == {"apollo": 1}
    assert story.lead(lead)["employee_range"] == "51-200"
    assert EnrichmentAnswer.objects.get(lead=lead, provider="apollo").values["employee_range"] == "51-200"
    story.wait(3 * MINUTE + SECOND)
    assert fit(lead) == "fit"


def test_where_it_does_not_decide_the_next_is_asked_and_its_count_supersedes(story: Story, ask: Vendors) -> None:
    ask.apollo.says = company("apollo", employee_range="1-50", country="DE")
    ask.zoominfo.says = company("zoominfo", employee_count=30)
    lead = story.form()["id"]
    ask.ask()
    assert ask.calls() == {"apollo": 1, "zoominfo": 1}
    known = story.lead(lead)
    assert (known["employee_count"], known["employee_range"]) == (30, "")


def test_a_vendor_s_count_supersedes_the_range_of_the_form(story: Story, ask: Vendors) -> None:
    ask.apollo.says = company("apollo", employee_count=30, country="DE")
    lead = story.form(employee_range="5-50")["id"]
    ask.ask()
    assert (story.lead(lead)["employee_count"], story.lead(lead)["employee_range"]) == (30, "")


def test_no_vendor_is_asked_for_a_count_that_the_form_s_range_makes_needless(story: Story, ask: Vendors) -> None:
    story.form(employee_range="51-200", country="Germany")
    ask.ask()
    assert ask.calls() == {}


def test_an_account_tells_its_range_and_keeps_its_count(story: Story) -> None:
    def told(**row: Any) -> Account:
        save_accounts([clean_account({"name": "Acme", "website": "acme.test", **row})], at=story.world.now)
        return Account.objects.get()

    assert told(employee_count="51-200").employee_range == "51-200"
    lead = story.form()["id"]
    story.wait(3 * MINUTE + SECOND)
    assert story.lead(lead)["employee_range"] == "51-200"
    assert EnrichmentAnswer.objects.get(lead=lead, provider="directory").values["employee_range"] == "51-200"
    assert (told(employee_count="60").employee_count, Account.objects.get().employee_range) == (60, "")
    assert (told(employee_range="1-10").employee_count, Account.objects.get().employee_range) == (60, "")


def test_the_lead_page_shows_it_with_who_said_it(story: Story, ask: Vendors, client: Client) -> None:
    ask.apollo.says = company("apollo", employee_range="51-200", country="DE")
    lead = story.form()["id"]
    ask.ask()
    story.wait(3 * MINUTE + SECOND)
    client.force_login(story.world.revops.user)
    page = " ".join(client.get(f"/leads/{lead}/").content.decode().split())
    assert '<dt>Size</dt><dd><bdi>51 to 200 people</bdi> <span class="badge info">Apollo</span>' in page
    assert "Apollo told country and size" in page
