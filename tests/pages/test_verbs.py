"""Accept, claim, touch and convert from the pages."""

from datetime import timedelta

import pytest

from tests.world import HOUR


def said(response):
    return response.content.decode()


def test_accepting_makes_it_theirs_and_says_what_is_next(story, visit):
    lead = story.to_state("assigned")
    response = visit(lead.owner).post(f"/leads/{lead.pk}/accept/", follow=True)
    assert "First touch is due 11:04 today." in said(response)
    assert story.again(lead).state == "accepted"


def test_accepting_twice_is_accepting_once(story, visit):
    lead = story.to_state("assigned")
    client = visit(lead.owner)
    client.post(f"/leads/{lead.pk}/accept/")
    assert "is yours" in said(client.post(f"/leads/{lead.pk}/accept/", follow=True))
    assert lead.events.filter(kind="accept").count() == 1


def test_accepting_by_htmx_answers_with_the_queue_alone(story, visit):
    lead = story.to_state("assigned")
    response = visit(lead.owner, htmx=True).post(f"/leads/{lead.pk}/accept/", {"next": "/"}, follow=True)
    text = said(response)
    assert "<html" not in text
    assert 'id="live"' in text
    assert 'id="messages"' in text
    assert "First touch" in text


def test_a_manager_cannot_accept_for_a_rep(story, visit):
    lead = story.to_state("assigned")
    response = visit(story.manager).post(f"/leads/{lead.pk}/accept/", {"next": f"/leads/{lead.pk}/"}, follow=True)
    assert "Only the rep who holds this lead may do that." in said(response)
    assert story.again(lead).state == "assigned"


def test_accepting_after_it_was_taken_away_says_where_it_is(story, visit):
    lead = story.to_state("shark_tank")
    holder = story.reps[0] if lead.assignments.first().rep_id == story.reps[0].pk else lead.assignments.first().rep
    response = visit(holder).post(f"/leads/{lead.pk}/accept/", follow=True)
    assert "Not possible any more: Shark Tank." in said(response)


def claimers(story, lead):
    lost = lead.assignments.first().rep_id
    return [rep for rep in story.reps if rep.pk != lost], next(rep for rep in story.reps if rep.pk == lost)


def test_claiming_leads_to_the_lead_s_page(story, visit):
    lead = story.to_state("shark_tank")
    [winner, _loser], _lapsed = claimers(story, lead)
    response = visit(winner).post(f"/leads/{lead.pk}/claim/", follow=True)
    assert response.redirect_chain == [(f"/leads/{lead.pk}/", 302)]
    assert "You claimed" in said(response)
    assert story.again(lead).owner_id == winner.pk


def test_who_comes_second_reads_who_was_first(story, visit):
    lead = story.to_state("shark_tank")
    [winner, loser], _lapsed = claimers(story, lead)
    visit(winner).post(f"/leads/{lead.pk}/claim/")
    response = visit(loser).post(f"/leads/{lead.pk}/claim/", follow=True)
    assert f"Already taken by {winner.name}." in said(response)
    assert story.again(lead).owner_id == winner.pk


def test_who_let_it_lapse_reads_why_they_may_not_claim(story, visit):
    lead = story.to_state("shark_tank")
    _able, lapsed = claimers(story, lead)
    text = said(visit(lapsed).get("/shark-tank/"))
    assert "You had it and it lapsed" in text
    assert f"/leads/{lead.pk}/claim/" not in text
    refused = said(visit(lapsed).post(f"/leads/{lead.pk}/claim/", follow=True))
    assert "You had it and it lapsed" in refused


def test_the_shark_tank_keeps_contact_details_until_the_claim(story, visit):
    lead = story.to_state("shark_tank", first_name="Jo", phone="+31205550100")
    [winner, _loser], _lapsed = claimers(story, lead)
    client = visit(winner)
    for path in ("/shark-tank/", f"/leads/{lead.pk}/"):
        text = said(client.get(path))
        assert "jo@acme.test" not in text
        assert "+31205550100" not in text
    client.post(f"/leads/{lead.pk}/claim/")
    assert "jo@acme.test" in said(client.get(f"/leads/{lead.pk}/"))


def test_a_manager_sees_the_shark_tank_and_cannot_claim(story, visit):
    lead = story.to_state("shark_tank")
    text = said(visit(story.manager).get("/shark-tank/"))
    assert "Reps of its team who take leads can claim it." in text
    assert "jo@acme.test" in text
    assert f"/leads/{lead.pk}/claim/" not in text


@pytest.mark.parametrize("kind", ["call", "mail", "meeting", "other"])
def test_a_touch_answers_the_first_deadline(kind, story, visit):
    lead = story.to_state("accepted")
    response = visit(lead.owner).post(f"/leads/{lead.pk}/touch/", {"kind": kind}, follow=True)
    assert "logged." in said(response)
    assert story.again(lead).due_step == "disposition"


def test_a_meeting_is_typed_in_the_team_s_zone(story, visit):
    story.calendar.timezone = "Europe/Amsterdam"
    story.calendar.save()
    lead = story.to_state("accepted")
    visit(lead.owner).post(f"/leads/{lead.pk}/touch/", {"kind": "meeting", "meeting_at": "2026-11-05T14:30"})
    assert story.again(lead).due_at.isoformat() == "2026-11-06T13:30:00+00:00"


@pytest.mark.parametrize(
    "typed", ["2026-11-01T10:00", "2027-11-01T10:00", "soon", "0001-01-01T00:00", "9999-12-31T23:59"]
)
def test_a_meeting_at_an_impossible_time_is_said_beside_the_field(typed, story, visit):
    lead = story.to_state("accepted")
    response = visit(lead.owner).post(f"/leads/{lead.pk}/touch/", {"kind": "meeting", "meeting_at": typed})
    assert response.status_code == 422
    assert 'id="meeting-error"' in said(response)
    assert story.again(lead).due_step == "touch"


def test_a_touch_without_saying_how_is_asked_again(story, visit):
    lead = story.to_state("accepted")
    assert "Say how you were in touch." in said(visit(lead.owner).post(f"/leads/{lead.pk}/touch/", {}))


def test_converting_with_and_without_the_opportunity(story, visit):
    for number, (opportunity, words) in enumerate([("006-1", "is converted."), ("", "listed as unverified")]):
        lead = story.to_state("accepted", email=f"p{number}@acme{number}.test")
        response = visit(lead.owner).post(f"/leads/{lead.pk}/convert/", {"opportunity": opportunity}, follow=True)
        assert words in said(response)
        assert story.again(lead).state == "converted"


@pytest.mark.parametrize("opportunity", ["x" * 101, "\x00"])
def test_an_impossible_opportunity_is_said_beside_the_field(opportunity, story, visit):
    lead = story.to_state("accepted")
    response = visit(lead.owner).post(f"/leads/{lead.pk}/convert/", {"opportunity": opportunity})
    assert response.status_code == 422
    assert 'id="opportunity-error"' in said(response)


def test_a_dialog_is_a_fragment_for_htmx_and_a_page_without_it(story, visit):
    lead = story.to_state("accepted")
    for part in ("touch", "convert", "recycle"):
        fragment = visit(lead.owner, htmx=True).get(f"/leads/{lead.pk}/{part}/?next=/")
        assert said(fragment).startswith("<dialog")
        assert "<html" in said(visit(lead.owner).get(f"/leads/{lead.pk}/{part}/"))


def test_a_dialog_that_is_not_theirs_leads_to_the_lead_s_page(story, visit):
    lead = story.to_state("accepted")
    assert visit(story.manager).get(f"/leads/{lead.pk}/touch/")["Location"] == f"/leads/{lead.pk}/"
    partial = visit(story.manager, htmx=True).get(f"/leads/{lead.pk}/touch/")
    assert partial["HX-Redirect"] == f"/leads/{lead.pk}/"


def test_what_fell_due_meanwhile_stands(story, visit):
    lead = story.to_state("assigned")
    story.now += 5 * HOUR + timedelta(seconds=1)
    response = visit(lead.owner).post(f"/leads/{lead.pk}/accept/", follow=True)
    assert "Not possible any more" in said(response)
    assert story.again(lead).state == "shark_tank"
