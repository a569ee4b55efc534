"""Every version of an ICP profile is kept, told in words, and found again by the decisions that it made."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from routing.criteria_words import changed
from routing.models import Decision, IcpProfile, IcpProfileVersion
from tests.admin.test_people import change, save
from tests.world import World, check_law

US = {"field": "country", "op": "is", "value": "US"}
BIG = {"field": "employee_count", "op": "at_least", "value": 50}
SAAS = {"field": "industry", "op": "is", "value": "SaaS"}


def score(*weights: int, at_least: int) -> dict[str, Any]:
    members = [{"weight": weight, **row} for weight, row in zip(weights, (US, BIG, SAAS), strict=False)]
    return {"score": members, "at_least": at_least}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"all": [US]}, {"all": [US]}, []),
        ({"all": [US]}, US, []),
        ({}, US, ["no longer: every lead", "new: country is US"]),
        ({"all": [US, BIG]}, {"all": [BIG, SAAS]}, ["no longer: country is US", "new: industry is SaaS"]),
        ({"all": [US, {"all": [BIG]}]}, {"all": [US, BIG, SAAS]}, ["new: industry is SaaS"]),
        ({"all": [BIG]}, {"all": [{**BIG, "unknown": "pass"}]},
         ["no longer: employee count is at least 50", "new: employee count is at least 50 (or unknown)"]),
        (score(3, 2, at_least=4), score(3, 2, at_least=5), ["points needed: 4 → 5"]),
        (score(3, 2, at_least=4), score(3, 1, at_least=4),
         ["no longer: 2 if employee count is at least 50", "new: 1 if employee count is at least 50"]),
        ({"all": [US, BIG]}, {"all": [BIG, US]},
         ["asked in another way: employee count is at least 50 and country is US"]),
    ],
)  # fmt: skip
def test_what_changed_is_told_in_words(before: dict[str, Any], after: dict[str, Any], told: list[str]) -> None:
    assert changed(before, after) == told


def test_each_save_that_changes_something_is_a_version(ours: World, rita: Client, at: Any) -> None:
    url = change(ours.profile)
    save(rita, url, criteria='{"all": [{"field": "country", "op": "is", "value": "US"}]}', intent_bar=50)
    save(rita, url)
    save(rita, url, active=None)
    first, second, third = IcpProfileVersion.objects.order_by("number")
    assert (first.number, first.rules["intent_bar"], first.by) == (1, 40, None)
    assert (second.criteria, second.intent_bar, second.by, second.at) == ({"all": [US]}, 50, ours.revops.user, at())
    assert (third.number, third.active) == (3, False)
    ours.profile.refresh_from_db()
    assert ours.profile.version == 3


def test_the_history_tells_who_changed_what(ours: World, rita: Client, mona: Client, at: Any) -> None:
    save(rita, change(ours.profile), criteria='{"all": [{"field": "country", "op": "is", "value": "US"}]}', name="B2B")
    url = f"/admin/routing/icpprofile/{ours.profile.pk}/versions/"
    page = rita.get(url).content.decode()
    assert "10:00 2 November 2026 UTC, by <bdi>Rita</bdi>" in page
    assert "New: country is US" in page
    assert "No longer: employee count is at least 10 (or unknown)" in page
    assert "Name: ICP → B2B" in page
    assert page.index('id="version-2"') < page.index('id="version-1"')
    assert url in rita.get(change(ours.profile)).content.decode()
    assert mona.get(url, follow=True).status_code == 403
    assert rita.post(url).status_code == 405
    assert rita.get("/admin/routing/icpprofile/999/versions/").status_code == 404


def test_a_decision_leads_to_the_version_that_made_it(ours: World, rita: Client, mona: Client) -> None:
    lead = ours.to_state("assigned")
    ours.profile.criteria = US
    ours.profile.save()
    decision = Decision.objects.get(lead=lead, kind="qualification")
    told = decision.steps["profile"]
    assert (told["id"], told["version"]) == (ours.profile.pk, 1)
    kept = IcpProfileVersion.objects.get(profile=told["id"], number=told["version"])
    assert kept.criteria["all"][0]["field"] == "employee_count"
    link = f'href="/admin/routing/icpprofile/{ours.profile.pk}/versions/#version-1"'
    assert link in rita.get(f"/leads/{lead.pk}/").content.decode()
    page = mona.get(f"/leads/{lead.pk}/").content.decode()
    assert link not in page
    assert "ICP, version 1" in page


def test_two_saves_side_by_side_keep_both_changes(ours: World) -> None:
    mine, theirs = IcpProfile.objects.get(), IcpProfile.objects.get()
    mine.intent_bar = 55
    mine.save(update_fields=["intent_bar"])
    theirs.criteria = US
    theirs.save(update_fields=["criteria"])
    last = IcpProfileVersion.objects.order_by("-number")[0]
    assert (last.number, last.intent_bar, last.criteria) == (3, 55, US)
    check_law()


class TestLaw:
    """Held by the database, whoever writes."""

    def refused(self, act: Any) -> str:
        with pytest.raises(IntegrityError) as raised:
            self.commit(act)
        return str(raised.value)

    @transaction.atomic
    def commit(self, act: Any) -> None:
        act()
        check_law()

    def run(self, sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)

    def test_a_profile_never_says_what_no_version_says(self, ours: World) -> None:
        for edit in ({"criteria": {}}, {"intent_bar": 1}, {"version": 9}, {"active": False}):
            told = self.refused(lambda edit=edit: IcpProfile.objects.update(**edit))
            assert "something else than its latest version" in told
        assert "something else" in self.refused(
            lambda: IcpProfile.objects.bulk_create([IcpProfile(name="New", active=False)])
        )

    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE routing_icpprofileversion SET intent_bar = 1",
            "DELETE FROM routing_icpprofileversion",
            "TRUNCATE routing_icpprofileversion",
        ],
    )
    def test_a_version_is_never_changed(self, ours: World, sql: str) -> None:
        check_law()
        assert "versions are only ever added" in self.refused(lambda: self.run(sql))

    def test_a_profile_that_has_versions_stays(self, ours: World, rita: Client) -> None:
        spare = IcpProfile.objects.create(name="Spare", active=False)
        assert rita.post(f"/admin/routing/icpprofile/{spare.pk}/delete/", {"post": "yes"}).status_code == 403
        assert IcpProfile.objects.filter(pk=spare.pk).exists()
