"""The rep's queue: what is there, in which order, and how it keeps itself up to date."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.models import Lead, Rep
from tests.world import DAY, HOUR, MINUTE, World


def page(client, path="/"):
    response = client.get(path)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def mine(story: World):
    """A rep who holds one lead, and that lead."""
    lead = story.to_state("assigned")
    return lead.owner, lead


def test_an_empty_queue_says_what_happens_next(story, visit):
    text = page(visit(story.reps[0]))
    assert "Nothing is waiting for you" in text
    assert "appears here by itself" in text


def test_a_card_says_who_why_and_until_when(story, visit):
    lead = story.to_state("assigned", first_name="Jo", last_name="Doe", job_title="CEO", phone="+31205550100")
    text = page(visit(lead.owner))
    assert "Jo Doe" in text
    assert "CEO" in text
    assert 'href="mailto:jo@acme.test"' in text
    assert 'href="tel:+31205550100"' in text
    assert "it was your turn" in text
    assert "due <time" in text
    assert "12:04 today" in text
    assert "2 h</span>" in text
    assert "of working time left" in text


def test_a_deadline_past_closing_is_told_in_working_time(story, visit):
    story.now = story.now.replace(hour=17, minute=0)
    lead = story.to_state("assigned")
    text = page(visit(lead.owner))
    assert "10:04 tomorrow" in text
    assert "2 h</span>" in text


def test_the_order_is_overdue_answer_touch_decide(story, visit):
    rep = story.reps[0]
    leads = [story.capture(f"p{number}@acme{number}.test", company=f"Acme {number}") for number in range(12)]
    story.pass_time(4 * MINUTE)
    held = [lead for lead in map(story.again, leads) if lead.owner_id == rep.pk]
    story.accept(held[0])
    story.accept(held[1])
    visit(rep).post(f"/leads/{held[1].pk}/touch/", {"kind": "call"})
    story.pass_time(HOUR - MINUTE)
    text = page(visit(rep))
    titles = re.findall(r'id="group-(\w+)"', text)
    assert titles == ["answer", "touch", "decide"]
    story.pass_time(HOUR + 2 * MINUTE)
    assert re.findall(r'id="group-(\w+)"', page(visit(rep))) == ["late", "decide"]
    assert "First touch overdue" in page(visit(rep))
    assert "Overdue: answer now" in page(visit(rep))


def test_others_leads_are_not_on_it(story, visit):
    rep, lead = mine(story)
    other = next(one for one in story.reps if one.pk != rep.pk)
    assert f"lead-{lead.pk}" not in page(visit(other))


def test_a_poll_gets_the_live_part_alone_and_304_while_nothing_changed(story, visit):
    rep, lead = mine(story)
    client = visit(rep, htmx=True)
    first = client.get("/")
    assert first.status_code == 200
    assert b"<html" not in first.content
    assert b'id="count-queue"' in first.content
    story.now += MINUTE
    again = client.get("/", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again["Airtight-Time"] == story.now.isoformat()
    story.pass_time(2 * HOUR)
    assert client.get("/", headers={"If-None-Match": first["ETag"]}).status_code == 200
    assert lead.pk


def test_a_poll_after_the_session_ended_reloads_the_page(story, client):
    response = client.get("/sign-in/", headers={"HX-Request": "true"})
    assert response["HX-Refresh"] == "true"


@pytest.mark.parametrize("poll", [{}, {"HX-Request": "true"}])
def test_the_queue_asks_the_database_as_little_for_many_leads_as_for_few(
    story, visit, poll, django_assert_max_num_queries
):
    rep, asked = story.reps[0], []
    client = visit(rep)
    for count in (3, 30):
        story.capture_all([{"email": f"p{number}@acme{count}-{number}.test"} for number in range(count)])
        story.pass_time(4 * MINUTE)
        with django_assert_max_num_queries(15) as seen:
            response = client.get("/", headers=poll)
        assert len(cards(response.content.decode())) == Lead.objects.filter(owner=rep).count()
        with django_assert_max_num_queries(15) as unchanged:
            client.get("/", headers={"HX-Request": "true", "If-None-Match": response["ETag"]})
        asked.append((len(seen), len(unchanged)))
    assert asked[0] == asked[1]


def test_the_shark_tank_asks_the_database_as_little_for_many_leads_as_for_few(story, visit):
    rep, asked = story.reps[0], []
    client = visit(rep)
    for count in (3, 30):
        story.capture_all([{"email": f"p{number}@acme{count}-{number}.test"} for number in range(count)])
        story.pass_time(4 * MINUTE)
        story.pass_time(4 * HOUR + MINUTE)
        with CaptureQueriesContext(connection) as seen:
            text = page(client, "/shark-tank/")
        assert len(cards(text)) >= count
        assert "Claim" in text
        asked.append(len(seen))
        story.pass_time(19 * HOUR)
    assert asked[0] == asked[1]


def test_managers_without_leads_go_to_the_dashboard(story, visit):
    for rep in (story.manager, story.revops):
        assert visit(rep).get("/")["Location"] == "/dashboard/"


def test_a_manager_who_holds_a_lead_sees_it(story, visit):
    lead = story.to_state("shark_tank")
    for _day in range(8):
        story.pass_time(DAY)
        if story.again(lead).owner_id == story.manager.pk:
            break
    else:
        raise AssertionError("never came to the manager")
    assert f"lead-{lead.pk}" in page(visit(story.manager))


def test_somebody_without_a_team_is_told_whom_to_ask(story, visit, django_user_model, client):
    client.force_login(django_user_model.objects.create_user("new@airtight.test"))
    assert "Ask RevOps" in page(client)


def test_pages_say_nothing_to_caches_and_carry_the_policy(story, visit):
    response = visit(story.reps[0]).get("/")
    assert response["Cache-Control"] == "private, no-cache"
    assert "HX-Request" in response["Vary"]
    assert "style-src 'self'" in response["Content-Security-Policy"]
    assert " style=" not in response.content.decode()
    assert "<script>" not in response.content.decode()


def test_names_from_forms_are_shown_as_text(story, visit):
    lead = story.to_state("assigned", first_name="<b>Jo</b>", company="<script>x</script> Ltd")
    text = page(visit(lead.owner))
    assert "<script>x" not in text
    assert "&lt;script&gt;x" in text


def hold(story, monkeypatch, count):
    """A rep with `count` leads in hand, the others being away, and pages of five."""
    monkeypatch.setattr("leads.views.queue.PAGE", 5)
    rep = story.reps[0]
    Rep.objects.exclude(pk=rep.pk).update(takes_routing=False)
    story.capture_all([{"email": f"q{number}@acme{number}.test"} for number in range(count)])
    story.pass_time(4 * MINUTE)
    return rep, list(Lead.objects.filter(owner=rep).order_by("due_at", "pk"))


def cards(text):
    return re.findall(r'id="lead-(\d+)"', text)


def test_a_long_queue_comes_page_by_page_and_counts_all(story, visit, monkeypatch):
    rep, held = hold(story, monkeypatch, 12)
    story.accept(held[0])
    client = visit(rep)
    first, second, last = (page(client, f"/?page={number}") for number in (1, 2, 99))
    pages = -(-len(held) // 5)
    assert pages > 2
    assert len(cards(first)) == len(cards(second)) == 5
    assert f"Page 1 of {pages}" in first
    assert f"{len(held) - 1} to accept, 1 to call" in first
    assert "?page=1" in second
    assert "?page=3" in second
    assert f"Page {pages} of {pages}" in last
    assert cards(last)[-1] == str(held[0].pk), "what is to be answered comes before what is to be called"
    shown = [pk for number in range(1, pages + 1) for pk in cards(page(client, f"/?page={number}"))]
    assert sorted(map(int, shown)) == sorted(lead.pk for lead in held)


def test_a_page_number_that_is_none_is_the_first(story, visit, monkeypatch):
    rep, _held = hold(story, monkeypatch, 12)
    for text in ("0", "-1", "x", "²", ""):
        assert "Page 1 of" in page(visit(rep), f"/?page={text}")


def test_an_answer_from_the_second_page_comes_back_to_it(story, visit, monkeypatch):
    rep, _held = hold(story, monkeypatch, 12)
    assert 'name="next" value="/?page=2"' in page(visit(rep), "/?page=2")
