"""Buttons and the dialog: what they do, and to whom they say no. B22."""

from typing import Any

import pytest
from django.db import connection

from leads.models import Lead, Rep
from recycle.models import Feature
from recycle.seeds import REASONS, TRACKS
from revops import lifecycle
from revops.integrations.errors import VendorError
from revops.integrations.slack_text import OPTION, plain
from revops.slack import answering
from revops.slack.doing import Outcome
from revops.slack.payloads import Pressed
from revops.standins.slack.rules import view_breaches
from tests.slack.conftest import Workspace
from tests.world import DAY, HOUR, MINUTE, check_law, person


def others(slack: Workspace, rep: Rep) -> list[Rep]:
    return [other for other in slack.world.reps if other.pk != rep.pk]


def owner(slack: Workspace, lead: Lead) -> Rep:
    found = slack.world.again(lead).owner
    assert found is not None
    return Rep.objects.get(pk=found.pk)


def unchanged(slack: Workspace, lead: Lead, answer: Any) -> str:
    """Acknowledged, nothing moved, and one sentence said to who clicked."""
    assert (answer.status_code, answer.content) == (200, b"")
    now = slack.world.again(lead)
    assert (now.seq, now.state, now.owner_id) == (lead.seq, lead.state, lead.owner_id)
    [text] = slack.told
    slack.told.clear()
    return text


def test_accept(slack: Workspace) -> None:
    lead = slack.world.to_state("assigned")
    rep = owner(slack, lead)
    answer = slack.press("lead_accept", lead, rep)
    assert (answer.status_code, answer.content, slack.told) == (200, b"", [])
    lead = slack.world.again(lead)
    assert (lead.state, lead.owner_id) == ("accepted", rep.pk)
    event = lead.events.get(kind="accept")
    assert (event.door, event.actor, event.user_id, event.at) == ("slack", "rep", rep.user_id, slack.world.now)
    check_law()


def test_pressing_twice_is_pressing_once(slack: Workspace) -> None:
    lead = slack.world.to_state("assigned")
    rep, seq = owner(slack, lead), lead.seq
    slack.press("lead_accept", lead, rep, seq=seq)
    lead = slack.world.again(lead)
    assert "You have accepted it already." in unchanged(slack, lead, slack.press("lead_accept", lead, rep, seq=seq))
    assert lead.events.filter(kind="accept").count() == 1


def test_a_late_accept_by_the_first_card_still_counts(slack: Workspace) -> None:
    lead = slack.world.to_state("assigned")
    rep, seq = owner(slack, lead), lead.seq
    slack.world.pass_time(2 * HOUR + MINUTE)
    assert slack.world.again(lead).state == "overdue"
    slack.press("lead_accept", lead, rep, seq=seq)
    assert slack.world.again(lead).state == "accepted"


def test_claim_and_who_comes_late(slack: Workspace) -> None:
    lead = slack.world.to_state("shark_tank")
    lapsed = lead.assignments.get().rep
    first, second = others(slack, lapsed)
    seq = lead.seq
    assert "it lapsed" in unchanged(
        slack, lead, slack.press("lead_claim", lead, Rep.objects.get(pk=lapsed.pk), seq=seq)
    )
    assert slack.press("lead_claim", lead, first, seq=seq).status_code == 200
    lead = slack.world.again(lead)
    assert (lead.state, lead.owner_id, slack.told) == ("accepted", first.pk, [])
    text = unchanged(slack, lead, slack.press("lead_claim", lead, second, seq=seq))
    assert text == f"Already taken by {first.name}."


def test_a_claim_that_loses_the_race_itself(slack: Workspace) -> None:
    """The card was current when it was read, and the lead due meanwhile: the lifecycle has the last word."""
    lead = slack.world.to_state("assigned")
    rep = owner(slack, lead)
    slack.world.now += 5 * HOUR
    assert slack.press("lead_accept", lead, rep).status_code == 200
    assert "Not possible any more: Shark Tank" in slack.told[0]
    assert slack.world.again(lead).state == "shark_tank"


def test_a_claim_that_another_overtakes_while_the_card_is_held_against_the_lead(slack: Workspace) -> None:
    """Between the reading of the lead and of what happened to it since."""
    lead = slack.world.to_state("shark_tank")
    assert lead.owner_id is None
    first, late = (person(f"{name}@airtight.test", slack.world.team, slack_user_id=f"U{name}") for name in ("A1", "B1"))
    overtaken = False

    def overtakes(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        nonlocal overtaken
        if not overtaken and sql.startswith('SELECT %s AS "a" FROM "leads_leadevent"'):
            overtaken = True
            lifecycle.claim(lead.pk, at=slack.world.now, by=slack.world.actor(first))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(overtakes):
        slack.press("lead_claim", lead, late)
    assert overtaken
    assert slack.world.again(lead).owner_id == first.pk
    [text] = slack.told
    assert text == f"Already taken by {first.name}."


@pytest.mark.parametrize("action", ["lead_accept", "lead_claim", "lead_recycle"])
def test_somebody_elses_lead(slack: Workspace, action: str) -> None:
    lead = slack.world.to_state("assigned")
    mate = others(slack, owner(slack, lead))[0]
    assert unchanged(slack, lead, slack.press(action, lead, mate)) == "This lead is not with you. Nothing was changed."
    manager = Rep.objects.get(pk=slack.world.manager.pk)
    assert unchanged(slack, lead, slack.press(action, lead, manager))
    assert slack.opened == []


@pytest.mark.parametrize("member", ["U9NOBODY", "", "u0member", "U 0", "U" * 500])
def test_a_member_nobody_knows(slack: Workspace, member: str) -> None:
    lead = slack.world.to_state("assigned")
    assert "does not know you" in unchanged(slack, lead, slack.press("lead_accept", lead, member))


def test_a_rep_who_is_switched_off(slack: Workspace) -> None:
    lead = slack.world.to_state("assigned")
    rep = owner(slack, lead)
    rep.user.is_active = False
    rep.user.save()
    assert "does not know you" in unchanged(slack, lead, slack.press("lead_accept", lead, rep))


def test_another_workspace(slack: Workspace) -> None:
    lead = slack.world.to_state("assigned")
    rep = owner(slack, lead)
    for team in ({"id": "T2"}, {}, None, "T1", {"id": ["T1"]}):
        text = unchanged(slack, lead, slack.press("lead_accept", lead, rep, team=team))
        assert "another Slack workspace" in text


def test_a_stale_card(slack: Workspace) -> None:
    """The lead went to nurture, came back and is again with the same rep: the old card speaks of the first turn."""
    lead = slack.world.to_state("assigned")
    rep, seq = owner(slack, lead), lead.seq
    slack.world.recycle(lead, "timing")
    assert "out of date" in unchanged(slack, slack.world.again(lead), slack.press("lead_accept", lead, rep, seq=seq))
    for mate in others(slack, rep):
        Rep.objects.filter(pk=mate.pk).update(takes_routing=False)
    slack.world.pass_time(91 * DAY)
    slack.world.pass_time(4 * MINUTE)
    lead = slack.world.again(lead)
    assert (lead.state, lead.owner_id) == ("assigned", rep.pk)
    assert "came back to you" in unchanged(slack, lead, slack.press("lead_accept", lead, rep, seq=seq))
    assert unchanged(slack, lead, slack.press("lead_recycle", lead, rep, seq=seq))
    assert unchanged(slack, lead, slack.press("lead_accept", lead, rep, seq=lead.seq + 1))


def test_a_lead_that_never_was(slack: Workspace) -> None:
    lead = slack.world.to_state("assigned")
    rep = owner(slack, lead)
    slack.press("lead_accept", Lead(pk=999_999), rep, seq=1)
    assert slack.told == ["This lead is not with you. Nothing was changed."]


@pytest.mark.parametrize(
    "action",
    ["", "lead_convert", "lead_Accept", "lead_accept ", "lead_accept\x00", "accept", "_accept", "lead_open",
     "__class__", "lead_release", ["lead_accept"], {"lead_accept": 1}, None, 1],
)  # fmt: skip
@pytest.mark.parametrize("state", ["assigned", "accepted", "shark_tank"])
def test_a_forged_action_of_who_may_act_does_nothing(slack: Workspace, action: Any, state: str) -> None:
    """By the very rep whose button would do it, on the card that speaks of this turn: acknowledged, and that is all."""
    lead = slack.world.to_state(state)
    rep = owner(slack, lead) if state != "shark_tank" else others(slack, lead.assignments.get().rep)[0]
    before = everything(lead)
    answer = slack.press(action, lead, rep)
    assert answer.status_code == (400 if action == "lead_accept\x00" else 200)
    assert (everything(lead), slack.told, slack.opened) == (before, [], [])
    rightly = "lead_claim" if state == "shark_tank" else "lead_accept" if state == "assigned" else "lead_recycle"
    slack.press(rightly, lead, rep)
    assert everything(lead) != before or slack.opened, "the same click, rightly named, does something"


def everything(lead: Lead) -> tuple[Any, ...]:
    """All that a click on it could have changed."""
    rows = (Lead.objects.filter(pk=lead.pk), lead.events.order_by("pk"), lead.assignments.order_by("pk"),
            lead.deliveries.order_by("pk"))  # fmt: skip
    return tuple(list(one.values()) for one in rows)


@pytest.mark.parametrize("action", ["lead_accept", "lead_recycle", "lead_claim", "alert_seen"])
def test_a_value_that_was_put_in_moves_no_lead_of_anothers(slack: Workspace, action: str) -> None:
    """A rep with a lead of their own sends its card's button with the id, or the turn, of a mate's."""
    mates = slack.world.to_state("assigned", "mate@other.test")
    mine = slack.world.to_state("assigned", "mine@acme.test")
    rep = owner(slack, mine)
    assert rep.pk != mates.owner_id
    before = everything(mates), everything(mine)
    for value in (
        f"{mates.pk}:{mates.seq}", f"{mates.pk}:{mine.seq}", f"{mine.pk}:{mine.seq}:{mates.pk}", f"{mine.pk}:{2**31}",
        f"{mine.pk}:-1", f"-{mine.pk}:{mine.seq}", f"{mine.pk} OR 1=1:{mine.seq}", f"{mine.pk}", ":", "", None,
        {"lead": mine.pk}, mine.pk, f"{10**30}:{mine.seq}", f"{mine.pk}:{mine.seq}\x00", f"٣:{mine.seq}",
    ):  # fmt: skip
        button = {"type": "button", "action_id": action, "value": value}
        answer = slack.press(action, mine, rep, actions=[button])
        assert answer.status_code in (200, 400), value
        assert (everything(mates), everything(mine)) == before, value
    assert slack.opened == []


def test_of_several_actions_in_one_click_none_is_smuggled_in(slack: Workspace) -> None:
    """Slack sends one. What comes after the first is not looked at."""
    mates, mine = slack.world.to_state("assigned", "mate@other.test"), slack.world.to_state("assigned", "me@acme.test")
    rep = owner(slack, mine)
    before = everything(mates), everything(mine)
    forged = [
        {"type": "button", "action_id": action, "value": f"{lead.pk}:{lead.seq}"}
        for action, lead in (("lead_convert", mine), ("lead_accept", mine), ("lead_accept", mates))
    ]
    assert slack.press("", mine, rep, actions=forged).status_code == 200
    assert (everything(mates), everything(mine)) == before


def test_without_a_response_url_nothing_is_said(slack: Workspace) -> None:
    lead = slack.world.to_state("assigned")
    answer = slack.press("lead_accept", lead, "U9NOBODY", response_url=None)
    assert (answer.status_code, slack.told) == (200, [])


def test_recycle_opens_the_dialog(slack: Workspace) -> None:
    Feature.objects.create(key="sso", name="Single sign-on")
    lead = slack.world.to_state("assigned")
    slack.press("lead_recycle", lead, owner(slack, lead))
    [view] = slack.opened
    assert view_breaches(view) == []
    assert view["private_metadata"] == f"{lead.pk}:{lead.seq}"
    reasons = [option["value"] for option in view["blocks"][0]["element"]["options"]]
    assert reasons == [
        "timing", "budget", "feature_gap", "not_icp", "wrong_territory", "bad_data", "customer",
    ]  # fmt: skip
    assert "Duplicate: no other lead is known" in view["blocks"][-1]["elements"][0]["text"]
    assert slack.world.again(lead).state == "assigned"


def test_what_ships_fits_slack_by_its_words(slack: Workspace) -> None:
    """Each reason and each thing the dialog asks, uncut, and the tracks' names."""
    Feature.objects.create(key="sso", name="Single sign-on")
    slack.world.to_state("accepted", "kim@acme.test")
    lead = slack.world.to_state("assigned")
    slack.press("lead_recycle", lead, owner(slack, lead))
    [view] = slack.opened
    assert view_breaches(view) == []
    assert "…" not in str(view)
    shown = {option["value"]: option for option in view["blocks"][0]["element"]["options"]}
    for row in REASONS:
        assert plain(row["label"], OPTION)["text"] == row["label"]
        if row.get("for_people", True):
            assert shown[row["code"]]["text"]["text"] == row["label"]
            assert shown[row["code"]]["description"]["text"] == row["hint"]
    for track in TRACKS:
        assert plain(track["name"], OPTION)["text"] == track["name"]


def test_the_dialog_asks_for_the_field_that_is_wrong(slack: Workspace) -> None:
    lead = slack.world.to_state("assigned")
    rep = owner(slack, lead)
    slack.press("lead_recycle", lead, rep)
    [view] = slack.opened
    [asked] = [block["element"]["options"] for block in view["blocks"] if block.get("block_id") == "field"]
    said = slack.submit(lead, rep, {"reason": "wrong_territory"}).json()
    assert list(said["errors"]) == ["field"]
    labels = [option["text"]["text"].partition(":")[0].removesuffix(" (blank)") for option in asked]
    assert said["errors"]["field"] == f"Name the field that is wrong: one of {', '.join(labels)}."
    assert "Employee count" in labels
    answer = slack.submit(lead, rep, {"reason": "bad_data", "field": "industry"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert slack.world.again(lead).events.get(kind="rebuffer").data["field"] == "industry"
    check_law()


def test_the_dialog_merges_into_the_lead_it_repeats(slack: Workspace) -> None:
    """Of a colleague's lead no more is told than what the two have in common."""
    first = slack.world.to_state("accepted", "kim@acme.test", first_name="Kim")
    lead = slack.world.to_state("assigned", "jo@acme.test")
    rep = owner(slack, lead)
    assert owner(slack, first).pk != rep.pk
    slack.press("lead_recycle", lead, rep)
    [view] = slack.opened
    assert view_breaches(view) == []
    [block] = [block for block in view["blocks"] if block.get("block_id") == "lead"]
    [option] = block["element"]["options"]
    assert option["value"] == str(first.pk)
    assert "Kim" not in option["text"]["text"]
    assert list(slack.submit(lead, rep, {"reason": "duplicate"}).json()["errors"]) == ["lead"]
    slack.submit(lead, rep, {"reason": "duplicate", "lead": str(first.pk)})
    lead = slack.world.again(lead)
    assert (lead.state, lead.merged_into_id) == ("merged", first.pk)
    check_law()


def test_a_dialog_that_cannot_be_opened(slack: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: Any) -> str:
        raise VendorError("expired_trigger_id", permanent=True)

    monkeypatch.setattr("revops.integrations.slack.SlackConnection.open_view", fails)
    lead = slack.world.to_state("assigned")
    text = unchanged(slack, lead, slack.press("lead_recycle", lead, owner(slack, lead)))
    assert text.endswith(f"/leads/{lead.pk}/")


def test_the_dialog_recycles(slack: Workspace) -> None:
    lead = slack.world.to_state("assigned")
    rep = owner(slack, lead)
    until = (slack.world.now + 30 * DAY).date().isoformat()
    answer = slack.submit(lead, rep, {"reason": "timing", "until": until, "note": "After the fair."})
    assert (answer.status_code, answer.content) == (200, b"")
    lead = slack.world.again(lead)
    assert (lead.state, lead.reason.code) == ("nurture", "timing")
    assert lead.events.get(kind="nurture").door == "slack"
    check_law()


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({}, "reason"),
        ({"reason": "because"}, "reason"),
        ({"reason": "rule_not_icp"}, "reason"),
        ({"reason": "timing", "until": "2026-11-03"}, "until"),
        ({"reason": "timing", "until": "soon"}, "until"),
        ({"reason": "feature_gap"}, "feature"),
        ({"reason": "feature_gap", "feature": "sso"}, "feature"),
        ({"reason": "bad_data"}, "field"),
        ({"reason": "budget", "note": "x" * 501}, "note"),
    ],
)
def test_a_bad_answer_is_told_beside_its_field(slack: Workspace, answers: dict[str, str], field: str) -> None:
    lead = slack.world.to_state("assigned")
    said = slack.submit(lead, owner(slack, lead), answers).json()
    assert said["response_action"] == "errors"
    assert list(said["errors"]) == [field]
    assert slack.world.again(lead).state == "assigned"


def test_the_dialog_tells_who_comes_late(slack: Workspace) -> None:
    lead = slack.world.to_state("assigned")
    rep, seq = owner(slack, lead), lead.seq
    slack.world.pass_time(4 * HOUR + MINUTE)
    said = slack.submit(lead, rep, {"reason": "budget"}, seq=seq).json()
    assert "out of date" in said["errors"]["reason"]
    mate = others(slack, rep)[0]
    assert "errors" in slack.submit(lead, mate, {"reason": "budget"}).json()
    assert "errors" in slack.submit(lead, "U9NOBODY", {"reason": "budget"}).json()
    assert slack.world.again(lead).state == "shark_tank"


@pytest.mark.parametrize("text", ["a\x00b", "\N{GRINNING FACE}" * 400, "<!channel> & <@U1>", "\u202e"])
def test_a_strange_note_is_kept_or_refused(slack: Workspace, text: str) -> None:
    lead = slack.world.to_state("assigned")
    answer = slack.submit(lead, owner(slack, lead), {"reason": "budget", "note": text})
    assert answer.status_code in (200, 400)
    assert slack.world.again(lead).state == ("assigned" if "\x00" in text else "nurture")


def test_a_stranger_of_another_team(slack: Workspace) -> None:
    lead = slack.world.to_state("shark_tank")
    stranger = person("sam@airtight.test", type(slack.world.team).objects.create(name="Enterprise"))
    stranger.slack_user_id = "U7STRANGER"
    stranger.save()
    assert "not with you" in unchanged(slack, lead, slack.press("lead_claim", lead, stranger))


def test_slacks_trouble_is_swallowed_when_the_clicker_is_told(
    slack: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: object, **more: object) -> None:
        raise VendorError("expired_url", permanent=True)

    monkeypatch.setattr("revops.integrations.slack.SlackConnection.respond", fails)
    lead = slack.world.to_state("assigned")
    assert slack.press("lead_accept", lead, "U9NOBODY").status_code == 200


def test_whatever_address_a_click_names_only_slacks_own_is_called() -> None:
    forged = Pressed("T1", "U1", "lead_accept", 1, 1, response_url="https://evil.example/x")
    answering._became(forged, Outcome(refusal="No address of Slack: nothing is sent, nothing is raised."))
