"""What is compared of a name, when it is safe to link by, and how alike two names are."""

import pytest

from routing.matching.grams import grams
from routing.matching.likeness import likeness
from routing.matching.names import generic_words, read, rivals, same
from routing.matching.owners import same_owner


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Wind River, Inc.", "wind river"),
        ("THE WIND RIVER", "wind river"),
        ("Müller & Söhne GmbH", "muller and sohne"),
        ("The The", "the"),
        ("The", "the"),
        ("株式会社", "株式会社"),
        ("灵雀云", "灵雀云"),
        ("...", ""),
        ("", ""),
    ],
)
def test_a_name_is_compared_without_case_accents_legal_form_and_the(typed: str, key: str) -> None:
    assert read(typed).key == key


@pytest.mark.parametrize(
    ("typed", "held", "safe"),
    [
        ("Wind River", "WIND RIVER Systems Inc", False),
        ("wind river ltd", "Wind River", True),
        ("WindRiver", "Wind River", True),
        ("Léon & George", "Leon George", True),
        ("Apple", "Apple Inc.", False),
        ("Synth", "Synth", False),
        ("Masterguyscardetail", "Masterguyscardetail", False),
        ("Doc Bot", "DocBot", False),
        ("Software Solutions", "Software Solutions", False),
        ("The Bank of the West", "Bank of the West", False),
        ("Bank of Montreal", "Bank of Montreal", True),
    ],
)
def test_a_name_links_when_it_is_equal_and_telling(typed: str, held: str, safe: bool) -> None:
    equal = read(typed).joined == read(held).joined
    assert (equal and same(read(typed), read(held))) is safe


@pytest.mark.parametrize(
    ("typed", "rival", "meant_too"),
    [
        ("Verizon Wireless", "Verizon", True),
        ("Internet Research Co-op", "Internet Research Co-op Group", True),
        ("Huazhong University of Science and Technology", "HUST", True),
        ("University of California Riverside", "UC Riverside", True),
        ("Bank of Montreal", "Bank of Montreal Securities", True),
        ("Bank of Montreal", "Bank of Montrealers", False),
        ("Wind River", "River", False),
        ("Wind River", "Windriver Valley", False),
        ("University of Essex", "University of Essen", False),
    ],
)
def test_who_else_may_be_meant(typed: str, rival: str, meant_too: bool) -> None:
    name = read(typed)
    assert any(low <= read(rival).key < high for low, high in rivals(name, name)) is meant_too


def test_a_name_is_no_rival_of_itself_but_by_the_account() -> None:
    name = read("Wind River")
    assert not any(low <= name.key < high for low, high in rivals(name, name))


@pytest.mark.parametrize(
    ("typed", "likest", "others"),
    [
        ("Microsoft Japan", "Microsoft", ["Japan Airlines", "Micron", "Japan Tobacco"]),
        ("Huawei Technolgies", "Huawei", ["Hawk Technologies", "Future Technologies"]),
        ("WindRiver", "Wind River", ["Winder", "River"]),
        ("nLayer Communications", "nLayer", ["L3 Communications", "Layer 7"]),
        ("HUST", "Huazhong University of Science and Technology", ["Hustle", "Huston University"]),
        ("Alcatel-Lcuent", "Alcatel-Lucent", ["Alcoa", "Lucent Health"]),
        ("Univ. of Glasgow", "University of Glasgow", ["University of Warsaw", "Glasgow Caledonian University"]),
    ],
)
def test_the_likest_name_is_the_one_a_person_would_pick(typed: str, likest: str, others: list[str]) -> None:
    best = likeness(read(typed), read(likest))
    assert all(best > likeness(read(typed), read(other)) for other in others)


def test_likeness_is_100_for_the_same_name_alone() -> None:
    assert likeness(read("Acme Ltd"), read("ACME")) == 100
    assert likeness(read("Acme Labs"), read("AcmeLabs")) == 99
    assert likeness(read("Acme"), read("Zygote")) < 40
    assert likeness(read("..."), read("Acme")) == 0


def test_two_names_of_one_company_have_pieces_in_common() -> None:
    assert len(grams(read("WindRiver")) & grams(read("Wind River"))) >= 6
    assert "#hust" in grams(read("HUST")) & grams(read("Huazhong University of Science and Technology"))
    assert grams(read("Acme University")) >= {"=university", " ac"}
    assert not grams(read("..."))


def test_domains_of_one_owner() -> None:
    assert "airbnb.com" in same_owner("airbnb.de") or "airbnb.com" in same_owner("airbnb.at")
    assert "airbnb.at" not in same_owner("airbnb.at")
    assert same_owner("acme.test") == frozenset()


def test_the_words_of_the_trade_are_as_names_are_compared() -> None:
    assert all(read(word).words == (word,) for word in generic_words() - {"limited", "company", "corporate"})
