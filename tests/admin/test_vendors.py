"""The vendors' page tells in words how each fares, in whichever look the admin has."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from leads.models import VendorHealth
from revops import vendors
from routing.models import Vendor, VendorAnswer
from routing.seeds import plant
from tests.admin.conftest import said, typed
from tests.world import HOUR, MINUTE, World

LIST = "/admin/routing/vendor/"


@pytest.fixture
def known(ours: World, at: object, monkeypatch: pytest.MonkeyPatch) -> World:
    """The vendors that ship, all but HubSpot with a key."""
    plant(Vendor)
    monkeypatch.setattr(vendors, "fingerprint", lambda name: "" if name == "hubspot" else "key")
    return ours


def change(name: str) -> str:
    return f"{LIST}{Vendor.objects.get(name=name).pk}/change/"


@pytest.mark.parametrize(
    ("health", "told"),
    [
        ({"ok_at": 0}, "Answers"),
        ({"refused": "key"}, "Its key is refused"),
        ({"refused": "the key before"}, "Answers"),
        ({"failures": 2}, "2 failures in a row"),
        ({"failures": 4, "open_until": MINUTE}, "Left alone until"),
    ],
)
def test_how_a_vendor_fares_is_told_in_words(known: World, rita: Client, health: dict, told: str) -> None:
    now = known.now
    health = {**health, "ok_at": now, "open_until": now + health["open_until"] if "open_until" in health else None}
    VendorHealth.objects.create(vendor="apollo", **health)
    for page in (LIST, change("apollo")):
        shown = rita.get(page).content.decode()
        assert told in shown, page
        assert "(&#x27;" not in shown
    assert "Not asked yet" in rita.get(LIST).content.decode()
    assert "Not set; " in rita.get(change("hubspot")).content.decode()


def test_what_was_spent_and_what_is_left(known: World, rita: Client) -> None:
    Vendor.objects.filter(name="apollo").update(credits_a_day=10)
    for hours, credits in ((1, 2), (2, 1), (30, 4)):
        asked_at = known.now - hours * HOUR
        VendorAnswer.objects.create(
            vendor="apollo", domain="a.test", outcome="match", asked_at=asked_at, credits=credits
        )
    shown = rita.get(change("apollo")).content.decode()
    assert "7 left" in shown
    assert "3 in 24 hours, 7 in 30 days" in shown


def test_what_is_taken_from_a_vendor_is_saved_and_told(known: World, root: Client) -> None:
    url = change("apollo")
    page = root.post(url, typed(root, url, fields_taken=["country", "city"]), follow=True)
    assert "changed successfully" in said(page)
    assert Vendor.objects.get(name="apollo").fields == ["country", "city"]
    assert "Taken from it" in root.get(url.replace("change", "history")).content.decode()
    assert User.objects.filter(logentry__change_message__contains="Country, City").exists()
