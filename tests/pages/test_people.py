"""Coming in, going away, and tokens."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from knox.models import AuthToken

from routing.models import Absence
from tests.world import DAY, HOUR, MINUTE

PASSWORD = "correct horse battery"


def said(response):
    return response.content.decode()


def sign_in(password, username="ada@airtight.test", address="10.0.0.1"):
    form = {"username": username, "password": password}
    return Client(REMOTE_ADDR=address).post("/sign-in/", form)


class TestSignIn:
    def test_the_right_password_leads_to_the_queue(self, story):
        assert sign_in(PASSWORD)["Location"] == "/"

    def test_a_wrong_one_says_so_without_saying_which(self, story):
        for username in ("ada@airtight.test", "nobody@airtight.test"):
            assert "do not go together" in said(sign_in("wrong", username))

    def test_after_twenty_failures_the_account_rests_a_quarter_of_an_hour(self, story):
        for number in range(20):
            assert sign_in("wrong", address=f"10.0.1.{number}").status_code == 200
        refused = sign_in(PASSWORD, address="10.0.2.1")
        assert refused.status_code == 429
        assert "Wait" in said(refused)
        story.now += 15 * MINUTE
        assert sign_in(PASSWORD, address="10.0.2.1").status_code == 302

    def test_the_address_rests_too_and_others_do_not(self, story):
        for number in range(20):
            sign_in("wrong", username=f"guess{number}")
        assert sign_in(PASSWORD).status_code == 429
        assert sign_in(PASSWORD, address="10.0.9.9").status_code == 302

    def test_attempts_while_resting_do_not_make_it_longer(self, story):
        for _time in range(20):
            sign_in("wrong")
        for _time in range(14):
            story.now += MINUTE
            assert sign_in("wrong").status_code == 429
        story.now += MINUTE + timedelta(seconds=1)
        assert sign_in(PASSWORD).status_code == 302

    def test_old_failures_are_forgotten(self, story):
        for _time in range(19):
            sign_in("wrong")
        story.now += HOUR + MINUTE
        sign_in("wrong")
        assert sign_in(PASSWORD).status_code == 302

    @pytest.mark.parametrize("form", [{}, {"username": "\x00"}, {"username": "x" * 9000, "password": "y" * 9000}])
    def test_odd_input_is_answered(self, form, story):
        assert Client().post("/sign-in/", form).status_code == 200

    def test_signing_out(self, story, visit):
        client = visit(story.reps[0])
        assert client.post("/sign-out/")["Location"] == "/sign-in/"
        assert client.get("/")["Location"].startswith("/sign-in/")


class TestAbsences:
    def test_leave_that_has_begun_hands_on_what_they_hold(self, story, visit):
        lead = story.to_state("assigned")
        rep = lead.owner
        form = {"starts_at": "2026-11-02T10:00", "ends_at": "2026-11-06T18:00"}
        text = said(visit(rep).post("/absences/", form, follow=True))
        assert "1 lead went on to colleagues" in text
        assert "away now" in text
        assert story.again(lead).owner_id != rep.pk

    def test_leave_ahead_is_listed_in_the_team_s_zone(self, story, visit):
        story.calendar.timezone = "Europe/Amsterdam"
        story.calendar.save()
        ada, ben, _cleo = story.reps
        form = {"starts_at": "2026-11-09T09:00", "ends_at": "2026-11-13T18:00", "cover": ben.pk}
        text = said(visit(ada).post("/absences/", form, follow=True))
        assert "09:00 Mon 9 Nov 2026" in text
        assert "times in Europe/Amsterdam" in text
        assert Absence.objects.get().starts_at.isoformat() == "2026-11-09T08:00:00+00:00"
        assert Absence.objects.get().cover == ben

    @pytest.mark.parametrize(
        ("form", "beside"),
        [
            ({}, "starts-error"),
            ({"starts_at": "soon", "ends_at": "2026-11-06T18:00"}, "starts-error"),
            ({"starts_at": "2026-11-05T10:00", "ends_at": "2026-11-04T18:00"}, "ends-error"),
            ({"starts_at": "2026-10-01T10:00", "ends_at": "2026-10-04T18:00"}, "ends-error"),
            ({"starts_at": "2026-11-05T10:00", "ends_at": "2029-11-04T18:00"}, "ends-error"),
            ({"starts_at": "\x00", "ends_at": "0001-01-01T00:00"}, "ends-error"),
            ({"starts_at": "2026-11-05T10:00", "ends_at": "2026-11-06T10:00", "cover": "999999"}, "cover-error"),
            ({"starts_at": "2026-11-05T10:00", "ends_at": "2026-11-06T10:00", "cover": "\x00"}, "cover-error"),
        ],
    )
    def test_an_impossible_one_is_said_beside_its_field(self, form, beside, story, visit):
        response = visit(story.reps[0]).post("/absences/", form)
        assert response.status_code == 422
        assert f'id="{beside}"' in said(response)
        assert not Absence.objects.exists()

    @pytest.mark.parametrize(
        ("starts_at", "ends_at", "told"),
        [
            ("2026-11-05T10:00", "9999-12-31T23:59", "so until 2027-11-06 10:00. For longer, ask RevOps"),
            ("2026-11-05T10:00", "2029-11-04T18:00", "so until 2027-11-06 10:00. For longer, ask RevOps"),
            ("soon", "9999-12-31T23:59", "so until 2027-11-03 10:00. For longer, ask RevOps"),
            ("2199-12-01T10:00", "2200-12-01T10:00", "so until 2199-12-31 00:00. For longer, ask RevOps"),
            ("9999-12-31T23:59", "9999-12-31T23:59", "That lies too far ahead: 2199-12-31 is the latest."),
            ("0001-01-01T00:00", "2026-11-06T10:00", "That lies too far back: 2000-01-01 is the earliest."),
        ],
    )
    def test_a_time_too_far_off_is_told_the_latest(self, starts_at, ends_at, told, story, visit):
        text = said(visit(story.reps[0]).post("/absences/", {"starts_at": starts_at, "ends_at": ends_at}))
        assert told in text
        if starts_at != "soon":
            assert "Use a date and a time" not in text
        assert not Absence.objects.exists()

    @pytest.mark.parametrize("whose", ["own", "of a rep"])
    def test_the_page_says_where_leads_go(self, whose, story, visit):
        path = "/absences/" if whose == "own" else f"/absences/?rep={story.reps[0].pk}"
        text = said(visit(story.manager).get(path))
        assert "accepted ones to the cover, the others back to routing" in text
        assert "of a deal, or one that came up the ladder, to the next person on its ladder" in text

    def test_the_same_days_twice_are_refused(self, story, visit):
        rep = story.reps[0]
        Absence.objects.create(rep=rep, starts_at=story.now + DAY, ends_at=story.now + 3 * DAY)
        form = {"starts_at": "2026-11-04T10:00", "ends_at": "2026-11-09T18:00"}
        assert "already" in said(visit(rep).post("/absences/", form))

    def test_who_holds_no_leads_is_told_so(self, client, django_user_model, db):
        client.force_login(django_user_model.objects.create_user("new"))
        assert "not set up to hold leads" in said(client.get("/absences/"))


class TestTokens:
    def test_a_token_is_shown_once_and_then_only_its_beginning(self, story, visit):
        rep = story.reps[0]
        client = visit(rep)
        text = said(client.post("/tokens/", {"days": "30"}))
        row = AuthToken.objects.get(user=rep.user)
        token = text.partition('readonly value="')[2].partition('"')[0]
        assert token.startswith(row.token_key)
        assert token not in said(client.get("/tokens/"))

    @pytest.mark.parametrize("days", ["", "0", "366", "many", "\x00", "9" * 400])
    def test_an_impossible_number_of_days_is_said_beside_the_field(self, days, story, visit):
        response = visit(story.reps[0]).post("/tokens/", {"days": days})
        assert response.status_code == 422
        assert 'id="days-error"' in said(response)

    def test_only_one_s_own_token_can_be_revoked(self, story, visit):
        ada, ben, _cleo = story.reps
        row, _token = AuthToken.objects.create(user=ada.user)
        assert visit(ben).post(f"/tokens/{row.digest}/revoke/").status_code == 404
        assert "is revoked" in said(visit(ada).post(f"/tokens/{row.digest}/revoke/", follow=True))
        assert not AuthToken.objects.exists()


def test_a_missing_page_says_so_plainly(story, visit):
    response = visit(story.reps[0]).get("/nothing-here/")
    assert response.status_code == 404
    assert "There is nothing here" in said(response)
    assert settings.DEBUG is False
