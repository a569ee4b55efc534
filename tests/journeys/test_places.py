"""Region and city are of the lead's country, whoever told them."""

import pytest

from routing.models import Vendor
from tests.journeys.conftest import Story
from tests.journeys.scripted import Vendors, company
from tests.world import MINUTE, SECOND


def test_region_and_city_are_of_the_country(story: Story, ask: Vendors) -> None:
    wants_place(story)
    ask.by_name = {"apollo": ask.apollo, "zoominfo": ask.zoominfo, "hubspot": ask.hubspot}
    ask.apollo.says = company("apollo", country="United States", state="Texas", city="Austin")
    ask.zoominfo.says = company("zoominfo", state="Bavaria", city="Munich")
    ask.hubspot.says = company("hubspot", country="Germany", state="Hesse", city="Kassel")
    lead = story.form(country="Germany")["id"]
    ask.ask()
    known = story.lead(lead)
    assert (known["country"], known["region"], known["city"]) == ("DE", "Hesse", "Kassel")


def test_region_and_city_come_with_the_country_of_the_same_answer(story: Story, ask: Vendors) -> None:
    wants_place(story)
    ask.by_name = {"apollo": ask.apollo, "zoominfo": ask.zoominfo}
    Vendor.objects.filter(name="apollo").update(fields=["region", "city"])
    ask.apollo.says = company("apollo", country="United States", state="Texas", city="Austin")
    ask.zoominfo.says = company("zoominfo", country="Germany", state="Hesse", city="Kassel")
    lead = story.form()["id"]
    ask.ask()
    known = story.lead(lead)
    assert (known["country"], known["region"], known["city"]) == ("DE", "Hesse", "Kassel")


@pytest.mark.parametrize(("country", "place"), [("", ("DE", "Hesse", "Kassel")), ("NL", ("NL", "", ""))])
def test_a_place_goes_with_the_country_that_the_account_tells(
    story: Story, ask: Vendors, country: str, place: tuple[str, ...]
) -> None:
    wants_place(story)
    story.world.account(country="DE", city="Kassel")
    ask.by_name = {"apollo": ask.apollo}
    ask.apollo.says = company("apollo", country="Germany", state="Hesse", city="Hanau")
    lead = story.form(country=country)["id"]
    ask.ask()
    story.wait(5 * MINUTE + SECOND)
    known = story.lead(lead)
    assert (known["country"], known["region"], known["city"]) == place


def wants_place(story: Story) -> None:
    fields = ("country", "region", "city")
    story.world.profile.criteria = {"all": [{"field": name, "op": "is_not", "value": "x"} for name in fields]}
    story.world.profile.save()
