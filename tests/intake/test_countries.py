from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.intake.countries import clean_country
from leads.intake.problems import Unusable

SPELLINGS = {
    "US": "USA|U.S.|us|United States of America|The United  States|Vereinigte Staaten|Estados Unidos|アメリカ|美国|🇺🇸",
    "GB": "UK|United Kingdom|England|Great Britain|Scotland|Großbritannien|Royaume-Uni",
    "DE": "Germany|Deutschland|DEUTSCHLAND|deu|Allemagne|ドイツ|Germany (DE)",
    "KR": "South Korea|Korea|Korea, Republic of|한국|Südkorea",
    "KP": "North Korea|DPRK",
    "RU": "Russia|Russian Federation|Россия",
    "TR": "Türkiye|Turkey|TURKIYE",
    "CZ": "Czech Republic|Czechia|Česko",
    "CI": "Ivory Coast|Cote d’Ivoire|Côte d'Ivoire",
    "HK": "Hong Kong|Hong Kong SAR|Hong Kong, China",
    "CN": "China|中国|中國|People's Republic of China",
    "TW": "Taiwan|Taiwan, Republic of China",
    "XK": "Kosovo|Kosova",
    "ES": "España|espana|Spanien",
    "IT": "Italia|Italy",
    "BR": "Brasil|Brazil",
    "JP": "日本|Japan|Nippon",
    "AT": "Österreich|Austria|osterreich",
    "AU": "Australia",
    "CH": "Schweiz|Suisse|Svizzera|Switzerland",
    "BE": "België|Belgique|Belgium",
    "NL": "The Netherlands|Holland|Nederland|Pays-Bas",
    "CD": "DRC|Democratic Republic of the Congo|Congo, Democratic Republic of the",
    "CG": "Congo|Congo-Brazzaville",
    "NE": "Niger",
    "NG": "Nigeria",
    "IE": "Ireland|Éire",
    "LC": "St. Lucia|Saint Lucia",
    "TT": "Trinidad & Tobago",
    "IN": "India|भारत",
    "GE": "Georgia",
    "CA": "CA|Canada",
}


@pytest.mark.parametrize(
    ("code", "typed"), [(code, name) for code, names in SPELLINGS.items() for name in names.split("|")]
)
def test_every_spelling(code: str, typed: str) -> None:
    assert clean_country(typed) == code


@pytest.mark.parametrize(
    "typed", ["", " ", "Remote", "REMOTE", "Unspecified", "N/A", "n.a.", "Worldwide", "None", "-", "?", "Please select"]
)
def test_answers_that_name_no_country_are_silent(typed: str) -> None:
    assert clean_country(typed) == ""


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Atlantis", "unknown_country"),
        ("Germny", "unknown_country"),
        ("Europe", "unknown_country"),
        ("San Francisco", "unknown_country"),
        ("Republic of", "unknown_country"),
        ("NA", "ambiguous_country"),
        ("x" * 200, "too_long"),
        ([], "not_text"),
    ],
)
def test_nothing_is_guessed(typed: object, code: str) -> None:
    with pytest.raises(Unusable) as error:
        clean_country(typed)
    assert error.value.code == code


def test_the_sentence_names_the_value() -> None:
    with pytest.raises(Unusable, match="'Atlantis' is not a country"):
        clean_country("Atlantis")


@settings(deadline=None)
@given(st.text())
def test_anything_is_a_code_or_unusable(typed: str) -> None:
    with suppress(Unusable):
        assert len(clean_country(typed)) in (0, 2)
