"""Break-glass: a manager or RevOps sends one lead back to routing, and nobody picks who gets it next."""

from typing import Any

import pytest
from django.test import Client

from leads import discretion
from leads.models import Delivery, Lead, LeadEvent, Rep, SentBack
from revops.slack.messages import MESSAGES, Sending, lead_card
from routing.models import Decision, LoadCap, Share, TurnCredit
from sla.models import Breach
from tests.api.conftest import is_problem
from tests.journeys.conftest import Story, came, steps
from tests.world import HOUR, MINUTE

WHY = "Ada's <sister> works there & may not sell to them."


def sent_back(story: Story, lead: int, *, by: Rep | None = None, expect: int = 200, reason: Any = WHY) -> Any:
    answer = story.api.post(f"leads/{lead}/send-back/", (by or story.world.manager).user, {"reason": reason})
    assert answer.status_code == expect, answer.content
    return answer.json()


@pytest.mark.parametrize("held", ["assigned", "overdue", "accepted"])
def test_a_manager_sends_a_lead_back_whatever_its_rep_did(story: Story, held: str) -> None:
    lead = came(story)
    ada = story.holder(lead)
    if held == "overdue":
        story.wait(2 * HOUR + MINUTE)
    elif held == "accepted":
        story.do(lead, "accept")
    breaches = Breach.objects.count()
    assert story.lead(lead)["state"] == held
    now = sent_back(story, lead)
    assert now["state"] == "assigned"
    assert story.holder(lead) != ada
    assert Breach.objects.count() == breaches, "no breach of theirs"
    assert story.kinds(lead)[-3:] == ["sent_back", "reroute", "assign"]
    event = LeadEvent.objects.get(lead=lead, kind="sent_back")
    assert (event.user, event.actor, event.data) == (story.world.manager.user, "manager", {"rep": ada.pk})
    row = SentBack.objects.get()
    assert (row.reason, row.rep, row.by, row.event) == (WHY, ada, story.world.manager.user, event)
    assert Lead.objects.get().assignments.get(rep=ada).outcome == "sent_back"
    told = {left["rep"]: left["why"] for left in steps(story, lead)["left_out"]}
    assert told[ada.pk] == "sent back from them by a manager"


def test_the_rep_is_owed_a_turn_and_the_balances_still_add_up_to_nothing(story: Story) -> None:
    for name in "abcd":
        came(story, f"{name}@acme.test")
    lead = came(story, "last@acme.test")
    ada = story.holder(lead)
    sent_back(story, lead)
    credit = TurnCredit.objects.get()
    assert (credit.rep, credit.lead_id, credit.why) == (ada, lead, "sent_back")
    assert Share.objects.get(rep=ada).credit == 1
    assert sum(Share.objects.values_list("owed", flat=True)) == pytest.approx(0, abs=1e-6)
    for number in range(13):
        came(story, f"n{number}@acme.test")
    had = {share.rep_id: share.given - share.credit for share in Share.objects.all()}
    assert sum(had.values()) == 4 + 1 + 13
    assert all(abs(count - 6) <= 1 for count in had.values()), had


def test_a_turn_is_not_owed_for_what_was_no_turn(story: Story) -> None:
    lead = came(story)
    story.wait(4 * HOUR + MINUTE)
    assert story.lead(lead)["state"] == "shark_tank"
    claimer = next(rep for rep in story.world.reps if not Lead.objects.get().assignments.filter(rep=rep).exists())
    story.do(lead, "claim", by=claimer)
    sent_back(story, lead)
    assert not TurnCredit.objects.exists()


def test_it_never_bounces_back_and_the_third_time_ends_with_a_person(story: Story) -> None:
    """Two reps are left out; the third time the manager answers, who cannot send it back from themselves."""
    lead = came(story)
    had = [story.holder(lead)]
    for _again in range(2):
        sent_back(story, lead, by=story.world.revops)
        assert story.holder(lead) not in had
        had.append(story.holder(lead))
    sent_back(story, lead, by=story.world.deputy)
    assert story.holder(lead) == story.world.manager
    refused = sent_back(story, lead, by=story.world.manager, expect=403)
    assert "accept it or recycle it" in refused["detail"]
    sent_back(story, lead, by=story.world.revops)
    assert story.holder(lead) == story.world.deputy, "on up the ladder, never down"


def test_a_deals_lead_goes_up_its_ladder_and_never_into_routing(story: Story) -> None:
    world = story.world
    account = world.account(owner=world.reps[1])
    world.deal(account, world.reps[0])
    lead = came(story)
    assert story.holder(lead) == world.reps[0]
    sent_back(story, lead)
    assert story.holder(lead) == world.reps[1], "the account's owner stands above the deal's"
    assert "reroute" not in story.kinds(lead)
    assert not TurnCredit.objects.exists(), "a deal takes no turn"


def test_who_has_it_next_is_not_told_from_whom_it_was_taken(story: Story) -> None:
    world = story.world
    account = world.account(owner=world.reps[1])
    world.deal(account, world.reps[0])
    lead = came(story)
    sent_back(story, lead)
    told = Decision.objects.filter(lead=lead).latest("pk")
    assert told.sentence == "It was sent back. You own the account."
    old = f"It was sent back from {world.reps[0].name} Jr. You own the account."
    Decision.objects.filter(pk=told.pk).update(sentence=old)
    assert "It was sent back. You own the account." in browser(world.reps[1]).get("/").content.decode()
    assert world.reps[0].name not in lead_card(Lead.objects.get()).why
    with_deal = "It was sent back from J. R. Ewing. Acme has an open deal, Big. You own the deal."
    assert discretion.unnamed(with_deal) == "It was sent back. Acme has an open deal, Big. You own the deal."


@pytest.mark.parametrize(
    ("who", "status"),
    [("owner", 403), ("mate", 404), ("stranger", 404), ("client", 403), ("anonymous", 401), ("manager", 200),
     ("deputy", 200), ("revops", 200)],
)  # fmt: skip
def test_who_may(story: Story, who: str, status: int) -> None:
    lead = came(story)
    holder = story.holder(lead)
    mate = next(rep for rep in story.world.reps if rep != holder)
    user = {"owner": holder.user, "mate": mate.user}.get(who) or story.api.user(who)
    before = LeadEvent.objects.count()
    answer = story.api.post(f"leads/{lead}/send-back/", user, {"reason": WHY})
    if status == 200:
        assert answer.status_code == 200
    else:
        is_problem(answer, status)
        assert LeadEvent.objects.count() == before


def test_a_manager_of_another_team_finds_nothing(story: Story) -> None:
    lead = came(story)
    other = story.api.stranger.team
    other.manager = story.api.stranger
    other.save()
    sent_back(story, lead, by=story.api.stranger, expect=404)


@pytest.mark.parametrize(("reason", "words"), [("", "blank"), ("  ", "blank"), ("x" * 501, "500")])
def test_a_reason_is_asked_in_writing(story: Story, reason: str, words: str) -> None:
    lead = came(story)
    refused = sent_back(story, lead, reason=reason, expect=400)
    assert words in refused["errors"]["reason"][0]
    assert not SentBack.objects.exists()


def test_what_nobody_holds_cannot_be_sent_back(story: Story) -> None:
    lead = int(story.form()["id"])
    body = is_problem(story.api.post(f"leads/{lead}/send-back/", story.world.revops.user, {"reason": WHY}), 409)
    assert (body["state"], body["winner"]) == ("buffer", None)


def test_the_rep_is_told_why_and_the_crm_who_has_it(story: Story, settings: Any) -> None:
    lead = came(story)
    ada = story.holder(lead)
    settings.SLACK_BOT_TOKEN, settings.HUBSPOT_ACCESS_TOKEN = "xoxb-1", "pat-1"
    sent_back(story, lead)
    delivery = Delivery.objects.get(kind="slack.sent_back")
    assert (delivery.rep, delivery.status) == (ada, "pending")
    text, blocks = MESSAGES[delivery.kind](Sending(delivery, lead_card(delivery.lead), story.world.now))
    assert "sent back to routing" in text
    assert "&lt;sister&gt; works there &amp; may not" in str(blocks), "their words, and no more than words"
    after = Delivery.objects.filter(lead=lead, event__pk__gte=delivery.event_id).values_list("kind", flat=True)
    assert {"crm.state", "crm.owner", "slack.assigned"} <= set(after)


def browser(rep: Rep) -> Client:
    client = Client()
    client.force_login(rep.user)
    return client


def test_a_manager_does_it_on_the_leads_page(story: Story) -> None:
    lead = came(story)
    ada, mona = story.holder(lead), browser(story.world.manager)
    url = f"/leads/{lead}/send-back/"
    assert url in mona.get(f"/leads/{lead}/").content.decode()
    assert url not in browser(ada).get(f"/leads/{lead}/").content.decode()
    asked = mona.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "Send it back to routing" in asked
    assert "owner" not in asked.lower().replace("-owner", ""), "there is nobody to pick"
    empty = mona.post(url, {"reason": " "})
    assert empty.status_code == 422
    assert "Say why" in empty.content.decode()
    done = mona.post(url, {"reason": WHY}, follow=True)
    assert "was sent back: Assigned, with" in " ".join(str(message) for message in done.context["messages"])
    page = done.content.decode()
    assert f"Sent back from {ada.name}" in page
    assert "Ada&#x27;s &lt;sister&gt; works there" in page


def test_others_are_told_that_it_is_not_theirs_to_do(story: Story) -> None:
    lead = came(story)
    ada = browser(story.holder(lead))
    for answer in (
        ada.get(f"/leads/{lead}/send-back/", follow=True),
        ada.post(f"/leads/{lead}/send-back/", follow=True),
    ):
        assert "Only who answers for the rep" in " ".join(str(message) for message in answer.context["messages"])
    assert browser(story.api.stranger).get(f"/leads/{lead}/send-back/").status_code == 404
    assert browser(story.api.stranger).post(f"/leads/{lead}/send-back/", {"reason": WHY}).status_code == 404
    assert not SentBack.objects.exists()


def test_a_lead_is_taken_only_from_whom_it_was_seen_with(story: Story) -> None:
    lead = came(story)
    ada, mona = story.holder(lead), browser(story.world.manager)
    assert f'name="holder" value="{ada.pk}"' in mona.get(f"/leads/{lead}/send-back/").content.decode()
    sent_back(story, lead)
    ben = story.holder(lead)
    answer = mona.post(f"/leads/{lead}/send-back/", {"reason": WHY, "holder": ada.pk}, follow=True)
    assert f"Nothing was sent back: {ben.name} has it by now." in " ".join(map(str, answer.context["messages"]))
    body = {"reason": WHY, "holder": ada.pk}
    refused = story.api.post(f"leads/{lead}/send-back/", story.world.manager.user, body)
    assert (refused.status_code, refused.json()["winner"]) == (409, ben.name)
    assert story.holder(lead) == ben


def test_the_timeline_of_the_api_says_why_only_to_who_may_read_of_that_rep(story: Story) -> None:
    lead = came(story)
    ada = story.holder(lead)
    mate = next(rep for rep in story.world.reps if rep != ada)
    sent_back(story, lead)
    read = lambda rep: [  # noqa: E731
        row["note"] for row in story.api.get(f"leads/{lead}/timeline/", rep.user).json()["results"] if row["note"]
    ]
    assert (read(story.world.manager), read(story.holder(lead))) == ([WHY], []), "the next rep learns nothing of Ada"
    other = story.api.stranger.team
    other.manager = story.api.stranger
    other.save()
    Rep.objects.filter(pk=story.holder(lead).pk).update(team=other)
    assert read(story.api.stranger) == [], "nor does the next team's manager"
    Rep.objects.filter(team=other).exclude(pk=story.api.stranger.pk).update(team=story.world.team)
    story.wait(4 * HOUR + MINUTE)
    assert story.lead(lead)["state"] == "shark_tank"
    assert (read(story.world.manager), read(mate), read(ada)) == ([WHY], [], []), "in the pool no rep does"


def test_a_manager_whose_rep_is_off_still_answers_for_the_team(story: Story) -> None:
    lead = came(story)
    Rep.objects.filter(pk=story.world.manager.pk).update(active=False)
    sent_back(story, lead)


def test_the_dashboard_counts_it_and_opens_it(story: Story) -> None:
    lead = came(story)
    sent_back(story, lead)
    mona = browser(story.world.manager)
    page = mona.get("/dashboard/")
    assert page.context["sent_back"] == 1
    listed = mona.get(page.context["sent_back_page"])
    assert [row.lead_id for row in listed.context["page"].rows] == [lead]
    metrics = story.api.get("metrics/", story.world.manager.user).json()
    assert metrics["counts"]["sent_back"] == 1


def test_revops_reads_it_in_the_admin(story: Story) -> None:
    lead = came(story)
    sent_back(story, lead)
    rita = browser(story.world.revops)
    assert "Ada&#x27;s &lt;sister&gt;" in rita.get("/admin/leads/sentback/").content.decode()
    assert rita.get(f"/admin/leads/sentback/{SentBack.objects.get().pk}/delete/").status_code == 403
    assert "sent back by a manager" in rita.get("/admin/routing/turncredit/").content.decode()


def test_in_the_pool_the_rep_reads_why_it_is_not_for_them(story: Story) -> None:
    lead = came(story)
    ada = story.holder(lead)
    sent_back(story, lead)
    story.wait(4 * HOUR + MINUTE)
    assert story.lead(lead)["state"] == "shark_tank"
    assert "A manager sent it back from you" in browser(ada).get("/shark-tank/").content.decode()
    [row] = story.api.get("shark-tank/", ada.user).json()["results"]
    assert (row["may_claim"], row["why_not"]) == (
        False,
        "A manager sent it back from you, so it goes to somebody else.",
    )
    refused = story.do(lead, "claim", by=ada, expect=403)
    assert "sent it back" in refused["detail"]


def test_a_rep_at_their_cap_reads_so_before_they_click(story: Story) -> None:
    lead = came(story)
    last = story.holder(lead)
    story.wait(4 * HOUR + MINUTE)
    mate = next(rep for rep in story.world.reps if rep != last)
    LoadCap.objects.create(rep=mate, open_leads=0)
    pool = browser(mate).get("/shark-tank/").content.decode()
    assert "You are at the cap of 0 open leads: recycle or convert" in pool
    assert "You are at the cap of 0 open leads" in browser(mate).get(f"/leads/{lead}/").content.decode()
    [row] = story.api.get("shark-tank/", mate.user).json()["results"]
    assert (row["may_claim"], row["why_not"]) == (
        False,
        "You are at the cap of 0 open leads: recycle or convert one first.",
    )
    assert "at the cap" in story.do(lead, "claim", by=mate, expect=403)["detail"]
    LoadCap.objects.update(open_leads=1)
    [row] = story.api.get("shark-tank/", mate.user).json()["results"]
    assert (row["may_claim"], row["why_not"]) == (True, None)
