"""Every page and every form: who may come in, and what bad input gets."""

import pytest
from django.test import Client

from recycle.models import Feature

PAGES = ["/", "/shark-tank/", "/features/", "/absences/", "/tokens/"]
OF_A_LEAD = ["", "recycle/", "touch/", "convert/"]
FORMS = ["accept/", "claim/", "recycle/", "touch/", "convert/"]
NAUGHTY = ["\x00", "<script>alert(1)</script>", "' OR 1=1 --", "😀" * 300, "\u202e", "9" * 6000, "../../etc/passwd"]


@pytest.mark.parametrize("path", PAGES)
def test_who_is_not_signed_in_goes_to_the_sign_in(path, db):
    response = Client().get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("part", OF_A_LEAD)
def test_a_lead_s_pages_need_a_sign_in(part, story):
    lead = story.to_state("assigned")
    assert Client().get(f"/leads/{lead.pk}/{part}")["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("part", OF_A_LEAD)
def test_another_team_s_lead_is_not_there(part, story, visit, stranger):
    lead = story.to_state("assigned")
    assert visit(stranger).get(f"/leads/{lead.pk}/{part}").status_code == 404


@pytest.mark.parametrize("part", FORMS)
def test_another_team_s_lead_cannot_be_acted_on(part, story, visit, stranger):
    lead = story.to_state("assigned")
    assert visit(stranger).post(f"/leads/{lead.pk}/{part}", {"kind": "call", "reason": "timing"}).status_code == 404
    assert story.again(lead).state == "assigned"


@pytest.mark.parametrize("part", FORMS)
def test_a_form_without_its_token_is_refused_and_does_nothing(part, story, visit):
    lead = story.to_state("assigned")
    response = visit(lead.owner, csrf=True).post(f"/leads/{lead.pk}/{part}", {"kind": "call", "reason": "timing"})
    assert response.status_code == 403
    assert "That form was too old" in response.content.decode()
    assert story.again(lead).state == "assigned"


@pytest.mark.parametrize("path", ["/absences/", "/tokens/", "/features/sso/ship/", "/sign-out/"])
def test_the_other_forms_need_their_token_too(path, story, visit):
    Feature.objects.create(key="sso", name="Single sign-on")
    assert visit(story.revops, csrf=True).post(path, {}).status_code == 403


@pytest.mark.parametrize("part", ["accept/", "claim/"])
def test_a_verb_is_never_a_link(part, story, visit):
    lead = story.to_state("assigned")
    assert visit(lead.owner).get(f"/leads/{lead.pk}/{part}").status_code == 405


@pytest.mark.parametrize("pk", [0, 10**9, 10**30])
def test_a_lead_that_does_not_exist_is_not_there(pk, story, visit):
    client = visit(story.reps[0])
    assert client.get(f"/leads/{pk}/").status_code == 404
    assert client.post(f"/leads/{pk}/accept/").status_code == 404


@pytest.mark.parametrize("text", NAUGHTY)
def test_odd_input_is_answered_beside_the_field_and_changes_nothing(text, story, visit):
    lead = story.to_state("accepted")
    client = visit(lead.owner)
    forms = [
        ("recycle/", {"reason": text}),
        ("recycle/", {"reason": "timing", "until-timing": text}),
        ("recycle/", {"reason": "feature_gap", "feature-feature_gap": text}),
        ("recycle/", {"reason": "bad_data", "field-bad_data": text}),
        ("recycle/", {"reason": "duplicate", "lead-duplicate": text}),
        ("touch/", {"kind": text}),
        ("touch/", {"kind": "meeting", "meeting_at": text}),
    ]
    for path, form in forms:
        response = client.post(f"/leads/{lead.pk}/{path}", form)
        clean = path == "recycle/" and form.get("until-timing", "x").strip("\x00") == ""
        assert response.status_code == (302 if clean else 422), (path, form)
        if clean:
            return
        assert 'class="error"' in response.content.decode()
    assert story.again(lead).state == "accepted"


@pytest.mark.parametrize("next_page", ["https://evil.test/", "//evil.test/", "javascript:alert(1)", "\x00", "x" * 3000])
def test_a_form_leads_back_only_to_a_page_of_ours(next_page, story, visit):
    lead = story.to_state("assigned")
    response = visit(lead.owner).post(f"/leads/{lead.pk}/accept/", {"next": next_page})
    assert response["Location"] == "/"
