"""A deal owner's lead never enters routing or the Shark Tank: whose turn it is instead."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command

from leads.models import Lead, Opportunity, Rep, Team
from revops import lifecycle
from routing.models import Absence
from tests.journeys.conftest import Story, came, steps
from tests.world import DAY, HOUR, MINUTE, person

NEVER = {"qualify", "start_routing", "reroute", "release"}


def passed(story: Story, lead: int) -> list[tuple[str, str]]:
    return [(item["role"], item["why"]) for item in steps(story, lead)["passed"]]


class TestWhoseTurnItIs:
    def test_the_owner_reads_why(self, story: Story) -> None:
        story.world.deal(story.world.account(), story.world.reps[0])
        lead = came(story)
        owner = story.holder(lead)
        assert story.why(lead, reader=owner.user) == ["Acme has an open deal, Big deal. You own the deal."]
        assert story.why(lead) == [f"Acme has an open deal, Big deal. {owner.name} owns the deal."]
        assert not NEVER & set(story.kinds(lead))

    def test_no_cap_stops_it(self, story: Story) -> None:
        """Not even that the owner takes nothing from routing; five at once are all theirs."""
        owner = story.world.manager
        story.world.deal(story.world.account(), owner)
        for number in range(5):
            story.form(f"jo{number}@acme.test")
        story.wait(4 * MINUTE)
        assert set(Lead.objects.values_list("owner", "state")) == {(owner.pk, "assigned")}

    @pytest.mark.parametrize(
        ("gone", "why"),
        [
            ("away", "away"),
            ("rep off", "switched off"),
            ("user off", "switched off"),
            ("no rep here", "no rep here"),
            ("unknown", "not known"),
        ],
    )
    def test_without_the_owner_the_account_s_owner(self, story: Story, gone: str, why: str) -> None:
        owner, keeper = story.world.reps[0], story.world.reps[1]
        deal = story.world.deal(story.world.account(owner=keeper), owner)
        self._lose(story, deal, gone)
        lead = came(story)
        assert story.holder(lead).pk == keeper.pk
        assert story.why(lead)[0].endswith(f"{keeper.name} owns the account.")
        assert passed(story, lead) == [("deal_owner", why)]

    def test_then_the_account_owner_s_manager_and_then_revops(self, story: Story) -> None:
        boss = person("eve@airtight.test", Team.objects.create(name="Board"), takes=False)
        keeper = person("kim@airtight.test", Team.objects.create(name="Key accounts", manager=boss))
        account = story.world.account(owner=keeper)
        story.world.deal(account, story.world.reps[0])
        for rep in (story.world.reps[0], keeper):
            self._leave(story, rep)
        lead = came(story)
        assert story.holder(lead).pk == boss.pk
        assert passed(story, lead) == [("deal_owner", "away"), ("account_owner", "away")]
        self._leave(story, boss)
        other = came(story, "al@acme.test")
        assert story.holder(other).pk == story.world.revops.pk
        assert [role for role, _why in passed(story, other)] == ["deal_owner", "account_owner", "owners_manager"]
        assert not NEVER & {*story.kinds(lead), *story.kinds(other)}

    def test_with_nobody_known_it_is_revops(self, story: Story) -> None:
        story.world.deal(story.world.account(), None)
        lead = came(story)
        assert story.holder(lead).pk == story.world.revops.pk
        assert story.why(lead)[0].endswith(f"{story.world.revops.name} answers when nobody else does.")

    def test_an_owner_s_e_mail_that_becomes_a_rep_s_later(self, story: Story) -> None:
        """The next lead is theirs; what RevOps holds meanwhile goes to them as soon as it is given back."""
        story.world.deal(story.world.account(), None, owner_email="Nina@Airtight.test")
        first = came(story)
        assert story.holder(first).pk == story.world.revops.pk
        nina = person("nina@airtight.test", story.world.team)
        assert story.holder(came(story, "al@acme.test")).pk == nina.pk
        assert story.holder(first).pk == story.world.revops.pk
        story.do(first, "recycle", reason="wrong_territory", field="country")
        assert story.holder(first).pk == nina.pk

    def test_a_new_owner_comes_before_the_next_rung(self, story: Story) -> None:
        owner, heir, keeper = story.world.reps
        deal = story.world.deal(story.world.account(owner=keeper), owner)
        lead = came(story)
        deal.owner = heir
        deal.save()
        assert story.holder(lead).pk == owner.pk
        story.wait(4 * HOUR + MINUTE)
        assert story.holder(lead).pk == heir.pk

    def _lose(self, story: Story, deal: Opportunity, gone: str) -> None:
        assert deal.owner is not None
        if gone == "away":
            self._leave(story, deal.owner)
        elif gone == "rep off":
            Rep.objects.filter(pk=deal.owner_id).update(active=False)
        elif gone == "user off":
            deal.owner.user.is_active = False
            deal.owner.user.save()
        else:
            deal.owner, deal.owner_email = None, "gone@acme-sales.test" if gone == "no rep here" else ""
            deal.save()

    def _leave(self, story: Story, rep: Rep) -> None:
        Absence.objects.create(rep=rep, starts_at=story.world.now - DAY, ends_at=story.world.now + DAY)


def wrong_territory(story: Story, lead: int, owner: Rep) -> None:
    story.do(lead, "recycle", reason="wrong_territory", field="country")


def bad_data(story: Story, lead: int, owner: Rep) -> None:
    story.do(lead, "recycle", reason="bad_data", field="industry")


def customer(story: Story, lead: int, owner: Rep) -> None:
    story.do(lead, "recycle", reason="customer")


def lapse(story: Story, lead: int, owner: Rep) -> None:
    story.wait(4 * HOUR + MINUTE)


def never_touch(story: Story, lead: int, owner: Rep) -> None:
    story.do(lead, "accept")
    story.wait(4 * HOUR + MINUTE)


def never_decide(story: Story, lead: int, owner: Rep) -> None:
    story.do(lead, "accept")
    story.do(lead, "touch", kind="call")
    story.wait(14 * DAY + HOUR)


def leave(story: Story, lead: int, owner: Rep) -> None:
    absence = Absence(rep=owner, starts_at=story.world.now - DAY, ends_at=story.world.now + 5 * DAY)
    lifecycle.declare_absence(absence, at=story.world.now, by=story.world.actor(story.world.revops))


def switch_off(story: Story, lead: int, owner: Rep) -> None:
    lifecycle.switch_off(owner.pk, at=story.world.now, by=story.world.actor(story.world.revops))


def change_team(story: Story, lead: int, owner: Rep) -> None:
    other = Team.objects.create(name="Other", manager=story.world.manager)
    lifecycle.change_team(owner.pk, other.pk, at=story.world.now, by=story.world.actor(story.world.revops))


WAYS = [wrong_territory, bad_data, customer, lapse, never_touch, never_decide, leave, switch_off, change_team]
Way = Callable[[Story, int, Rep], None]


@pytest.mark.parametrize("way", WAYS)
def test_whatever_takes_it_from_the_owner_it_goes_to_the_account_s_owner(story: Story, way: Way) -> None:
    owner, keeper = story.world.reps[0], story.world.reps[1]
    story.world.deal(story.world.account(owner=keeper), owner)
    lead = came(story)
    way(story, lead, owner)
    assert story.holder(lead).pk == keeper.pk
    assert not NEVER & set(story.kinds(lead))


@pytest.mark.parametrize("way", WAYS)
def test_a_deal_that_opens_while_another_holds_it_is_heeded_when_they_let_go(story: Story, way: Way) -> None:
    """Nobody is robbed of a lead; whenever it would be routed again or pooled, it goes to the deal's owner instead."""
    nina = person("nina@airtight.test", story.world.team, takes=False)
    account = story.world.account(owner=nina)
    lead = came(story)
    holder = story.holder(lead)
    story.world.deal(account, nina)
    story.wait(MINUTE)
    assert story.holder(lead).pk == holder.pk
    way(story, lead, holder)
    if way is bad_data:
        story.wait(4 * MINUTE)
    assert story.holder(lead).pk == nina.pk
    assert "release" not in story.kinds(lead)


def test_who_gave_it_back_does_not_get_it_again_as_the_deal_s_owner(story: Story) -> None:
    account = story.world.account(owner=story.world.manager)
    lead = came(story)
    holder = story.holder(lead)
    story.world.deal(account, holder)
    wrong_territory(story, lead, holder)
    assert story.holder(lead).pk == story.world.manager.pk
    assert ("deal_owner", "had it until now") in passed(story, lead)


def test_a_deal_that_opens_while_it_waits_for_the_morning(story: Story) -> None:
    story.world.now += 9 * HOUR
    account = story.world.account()
    lead = came(story)
    assert story.lead(lead)["state"] == "routing"
    story.world.deal(account, story.world.reps[2])
    story.wait(14 * HOUR)
    assert story.holder(lead).pk == story.world.reps[2].pk
    assert steps(story, lead)["ladder"] == "deal"


def test_a_deal_that_opens_while_it_is_in_the_pool(story: Story) -> None:
    """It may be claimed until its time there ends; then it is the deal owner's."""
    account = story.world.account()
    lead = came(story)
    story.wait(4 * HOUR + MINUTE)
    assert story.lead(lead)["state"] == "shark_tank"
    story.world.deal(account, story.world.deputy)
    story.wait(HOUR + MINUTE)
    assert story.lead(lead)["state"] == "shark_tank"
    story.wait(DAY)
    assert story.holder(lead).pk == story.world.deputy.pk
    assert story.why(lead)[0].startswith("Nobody claimed it from the Shark Tank. Acme has an open deal")


def test_a_duplicate_ends_in_the_lead_it_repeats(story: Story) -> None:
    story.world.deal(story.world.account(), story.world.reps[0])
    kept, lead = came(story, "al@acme.test"), came(story)
    story.do(lead, "recycle", reason="duplicate", lead=kept)
    assert story.lead(lead)["state"] == "merged"
    assert not NEVER & set(story.kinds(lead))


@pytest.mark.parametrize("change", ["closed", "deleted"])
def test_a_deal_that_ends_while_its_owner_holds_the_lead(story: Story, change: str) -> None:
    """The lead stays with its owner and on its ladder."""
    owner, keeper = story.world.reps[0], story.world.reps[1]
    deal = story.world.deal(story.world.account(owner=keeper), owner)
    lead = came(story)
    if change == "closed":
        deal.is_closed = True
        deal.save()
    else:
        deal.delete()
    story.wait(HOUR)
    assert story.holder(lead).pk == owner.pk
    story.wait(3 * HOUR + MINUTE)
    assert story.holder(lead).pk == keeper.pk
    assert not NEVER & set(story.kinds(lead))


def test_out_of_nurture_to_an_account_that_has_a_deal_by_then(story: Story) -> None:
    account = story.world.account()
    lead = came(story)
    story.do(lead, "recycle", reason="timing")
    owner = story.world.deputy
    story.wait(90 * DAY + MINUTE)
    story.world.deal(account, owner)
    story.wait(4 * MINUTE)
    assert story.holder(lead).pk == owner.pk
    assert Lead.objects.get(pk=lead).territory is None  # the old life's


def test_out_of_nurture_to_an_account_whose_deal_is_over(story: Story) -> None:
    deal = story.world.deal(story.world.account(), story.world.reps[0])
    lead = came(story)
    story.do(lead, "recycle", reason="timing")
    deal.is_closed = True
    deal.save()
    story.wait(90 * DAY + MINUTE)
    story.wait(4 * MINUTE)
    now = Lead.objects.get(pk=lead)
    assert (now.ladder, now.opportunity, now.rung) == ("", None, 0)
    assert "start_routing" in story.kinds(lead)


def test_a_customer_s_lead_goes_to_the_account_s_owner(story: Story) -> None:
    keeper = person("kim@airtight.test", story.world.team, takes=False)
    story.world.account(owner=keeper)
    lead = came(story)
    story.do(lead, "recycle", reason="customer")
    assert story.holder(lead).pk == keeper.pk
    assert story.why(lead)[0].endswith(f"the company is a customer already. {keeper.name} owns the account.")
    story.wait(4 * HOUR + MINUTE)
    assert story.holder(lead).pk == story.world.manager.pk
    assert not {"reroute", "release"} & set(story.kinds(lead))


def test_leads_of_day_one_find_their_deals(story: Story, tmp_path: Path) -> None:
    story.world.deal(story.world.account(), story.world.reps[0])
    path = tmp_path / "leads.csv"
    path.write_text("email,created at\njo@acme.test,2026-10-01\nal@acme.test,2026-10-02\nbo@other.test,2026-10-03\n")
    call_command("import_leads", str(path), "--report", str(tmp_path / "report.csv"))
    for _day in range(2):
        story.wait(DAY)
        story.wait(4 * MINUTE)
    holders = dict(Lead.objects.values_list("person_key", "ladder"))
    assert holders == {"jo@acme.test": "deal", "al@acme.test": "deal", "bo@other.test": ""}
