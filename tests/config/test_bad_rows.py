"""Everything that is wrong is told at once, each with its line, and nothing of the file is written."""

import pytest

from leads.models import Rep, Team, Territory
from revops.config.problems import MOST_TOLD
from routing.models import Pool, Source
from sla.models import CalendarDay
from tests.config.conftest import Run, exported
from tests.world import World

ROW = "airtight: 1\n"
MONDAY = "{weekday: monday, opens: '09:00', closes: '18:00'}"
WRONG = """airtight: 1
teems: {}
calendars:
  Office hours:
    timezone: Mars/Olympus
    hours:
      - {weekday: monday, opens: '09:00', closes: '08:00'}
  Shifts:
    hours:
      - {weekday: mondy, opens: '09:00', closes: '12:00'}
      - {weekday: tuesday, opens: 9, closes: '12:00'}
      - {weekday: tuesday, closes: '12:00'}
teams:
  Mid-market:
    manger: mona@airtight.test
    deputy: nobody@airtight.test
    slack_channel: 'Not A Channel'
  Sales:
    active: true
reps:
  stranger@airtight.test: {team: Mid-market}
  ada@airtight.test:
    team: Nowhere
    active: maybe
  ben@airtight.test:
    skills: german
    open_leads: 3
sources:
  webinar:
    base_points: lots
  fair:
    base_points: -4
icp_profiles:
  ICP:
    criteria:
      all:
        - {field: country, op: is, value: DE}
        - {field: employee_count, op: at_least, value: many}
  Other: {active: true, criteria: {all: [{field: county, op: is, value: DE}]}}
territories:
  North:
    team: Mid-market
    fallback: true
  South:
    team: Mid-market
    weights: {ada@airtight.test: 1000, cleo@airtight.test: x}
  Empty:
    team: Mid-market
    strategy: weigted
  Named:
    team: Mid-market
    named_accounts: [acme.test, gmail.com, 'not a domain']
  Idle:
    team: Mid-market
  Teamless:
    active: false
sla_policies:
  Default:
    accept_within: 500
    territory: Westeros
enrichment_vendors:
  apolo: {position: 1}
  apollo: {fields: [country, cuntry], seconds: 900}
recycle_reasons:
  timing: {outcome: suppress}
webhooks: []
"""
TOLD = [
    "2: teems: there is no such section; did you mean teams?",
    "5: calendars.Office hours.timezone: Mars/Olympus is not a time zone",
    "10: calendars.Shifts.hours[0].weekday: 'mondy' is none of monday, tuesday,",
    "11: calendars.Shifts.hours[1].opens: expected a time such as 09:00; found 9.",
    "12: calendars.Shifts.hours[2].opens: is missing. Give a time such as 09:00.",
    "15: teams.Mid-market.manger: there is no such column; did you mean manager? Known are active,",
    "16: teams.Mid-market.deputy: there is no rep 'nobody@airtight.test', here or in this file. Add it under reps",
    "18: teams.Sales.manager: Name the manager before the team is switched on.",
    "21: reps.stranger@airtight.test: nobody signs in as 'stranger@airtight.test'. Make the user first",
    "23: reps.ada@airtight.test.team: there is no team 'Nowhere'",
    "24: reps.ada@airtight.test.active: expected true or false; found 'maybe'.",
    "26: reps.ben@airtight.test.skills: expected a list, such as [a, b]; found 'german'.",
    "27: reps.ben@airtight.test.open_leads: is not carried by this file (a count of leads). Take it out.",
    "30: sources.webinar.base_points: expected a whole number; found 'lots'.",
    "32: sources.fair.base_points: Ensure this value is greater than or equal to 0.",
    "38: icp_profiles.ICP.criteria.all[1].value: Condition 2, value: “is at least” takes a number.",
    "39: icp_profiles.Other.criteria.all[0].field: Condition 1, field: 'county' is not one of",
    "46: territories.South.weights.cleo@airtight.test: expected a whole number from 1 to 100; found 'x'.",
    "49: territories.Empty.strategy: 'weigted' is none of round_robin, weighted,",
    "52: territories.Named.named_accounts: 'gmail.com' is no domain of one company.",
    "52: territories.Named.named_accounts: 'not a domain' is no domain of one company.",
    "53: territories.Idle.criteria: without conditions and named accounts it takes no lead.",
    "55: territories.Teamless.team: This field is required.",
    "60: sla_policies.Default.territory: there is no territory 'Westeros'",
    "62: enrichment_vendors.apolo: none can be added here; there are apollo, zoominfo,",
    "63: enrichment_vendors.apollo.fields: 'cuntry' is none of country, region,",
    "65: recycle_reasons.timing.outcome: is fixed for timing. Leave it as it is.",
    "66: webhooks: expected rows by name, as 'name: ...'; found [].",
]


CALENDARS = f"""airtight: 1
calendars:
  Shapes:
    timezone: Mars/Olympus
    country: XX
    always_open: false
    hours:
      - {{weekday: mondy, opens: '09:00', closes: '12:00'}}
      - {MONDAY}
      - {MONDAY}
    days:
      - {{day: someday}}
      - {{day: 2026-12-24}}
      - {{day: 2026-12-24, name: Eve}}
  Zone:
    timezone: Mars/Olympus
    hours: [{MONDAY}, {MONDAY}]
    days: [{{day: 2026-12-24, opens: '12:00'}}]
  Broken by another:
    always_open: maybe
  No span left:
    hours: [{{weekday: mondy, opens: '09:00', closes: '12:00'}}]
sla_policies:
  Default: {{accept_within: soon, release_after: 1, buffer_max: 99999999, reminders: now}}
  New: {{accept_within: soon, release_after: 100, reminders: 50%}}
"""
OF_CALENDARS = [
    "4: calendars.Shapes.timezone: Mars/Olympus is not a time zone",
    "5: calendars.Shapes.country: No holidays are known for “XX”",
    "7: calendars.Shapes.hours: Two spans of Monday overlap.",
    "8: calendars.Shapes.hours[0].weekday: 'mondy' is none of",
    "11: calendars.Shapes.days: 24 December 2026 is here twice",
    "12: calendars.Shapes.days[0].day: expected a date",
    "16: calendars.Zone.timezone: Mars/Olympus is not a time zone",
    "17: calendars.Zone.hours: Two spans of Monday overlap.",
    "18: calendars.Zone.days: day 2026-12-24, ",
    "20: calendars.Broken by another.always_open: expected true or false",
    "22: calendars.No span left.hours[0].weekday: 'mondy' is none of",
    "24: sla_policies.Default.accept_within: expected a whole number",
    "24: sla_policies.Default.buffer_max: Ensure this value is less than",
    "24: sla_policies.Default.release_after: Ensure this value is greater than or equal to 2.",
    "24: sla_policies.Default.reminders: “now” is no reminder.",
    "25: sla_policies.New.accept_within: expected a whole number",
]


def test_what_is_broken_hides_nothing_else_and_nothing_is_told_for_it(company: World, run: Run) -> None:
    before = exported()
    *told, end = run("diff", CALENDARS).splitlines()
    assert end == "exit 2"
    assert exported() == before
    assert len(told) == len(OF_CALENDARS), told
    for expected in OF_CALENDARS:
        assert any(line.startswith(f"airtight.yaml:{expected}") for line in told), (expected, told)


def test_of_a_row_that_is_there_its_own_rows_are_not_held_against_the_new_ones(company: World, run: Run) -> None:
    days = f"hours: [{MONDAY}], days: [{{day: 2026-12-24}}]"
    run("apply", f"{ROW}calendars:\n  Night: {{{days}}}\n", "--yes")
    told = run("diff", f"{ROW}calendars:\n  Night: {{always_open: maybe, {days}}}\n")
    assert told.count("airtight.yaml:") == 1
    assert "Night.always_open: expected true or false" in told
    assert CalendarDay.objects.filter(calendar__name="Night").exists()


@pytest.mark.parametrize("what", ["diff", "apply"])
def test_every_problem_is_told_with_its_line(company: World, run: Run, what: str) -> None:
    before = exported()
    told = run(what, WRONG, *(["--yes"] if what == "apply" else []))
    lines = told.splitlines()
    for expected in TOLD:
        assert any(line.startswith(f"airtight.yaml:{expected}") for line in lines), (expected, told)
    assert told.endswith("exit 2")
    assert exported() == before
    assert not Territory.objects.filter(name="North").exists()
    assert not Team.objects.filter(name="Sales").exists()


def test_each_line_is_where_it_says() -> None:
    lines = WRONG.splitlines()
    for expected in (line for line in TOLD if "is missing" not in line):
        number, path, *_rest = expected.split(":")
        parts = path.strip().replace("[", ".").split(".")
        assert any(part and part in lines[int(number) - 1] for part in parts), expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "territories:\n  Everywhere: {}\n  Second: {team: Mid-market, fallback: true}\n",
            "territories.Second: There is a fallback territory already.",
        ),
        (
            "icp_profiles:\n  ICP: {}\n  Second: {active: true}\n",
            "icp_profiles.Second.active: “ICP” is in force. Switch that one off first: only one can be.",
        ),
        (
            "sla_policies:\n  Default: {}\n  Second: {accept_within: 500}\n",
            "sla_policies.Second.release_after: Later than “Accept within”",
        ),
        (
            "reps:\n  ada@airtight.test: {slack_user_id: U1}\n  ben@airtight.test: {slack_user_id: U1}\n",
            "reps.ben@airtight.test: ",
        ),
        (
            "calendars:\n  Night: {hours: [{weekday: monday, opens: '09:00', closes: '18:00'}, "
            "{weekday: monday, opens: '17:00', closes: '19:00'}]}\n",
            "calendars.Night.hours: Two spans of Monday overlap.",
        ),
        (
            f"calendars:\n  Night: {{hours: [{MONDAY}], days: [{{day: 2026-12-24}}, {{day: 2026-12-24, name: E}}]}}\n",
            "calendars.Night.days: 24 December 2026 is here twice: keep one.",
        ),
        (
            f"calendars:\n  Night: {{country: XX, hours: [{MONDAY}]}}\n",
            "calendars.Night.country: No holidays are known for “XX”. Use a country's two letters, such as DE, or none",
        ),
        (
            "calendars:\n  Night: {hours: [{weekday: sunda, opens: '09:00', closes: '18:00'}]}\n",
            "calendars.Night.hours[0].weekday: 'sunda' is none of monday, tuesday, wednesday, thursday, friday, "
            "saturday, sunday; did you mean sunday?\n",
        ),
        (
            "sla_policies:\n  Default: {release_after: 99999999999999999999}\n",
            "sla_policies.Default.release_after: expected a whole number; found '99999999999999999999'. "
            "Write it in plain digits, 18 at most.\n",
        ),
        ("calendars:\n  Night: {always_open: false}\n", "calendars.Night.hours: Give at least one span of hours"),
        (
            "load_caps_of_reps:\n  ada@airtight.test: {per_day: 99999}\n",
            "load_caps_of_reps.ada@airtight.test.per_day: ",
        ),
        (
            "calendars:\n  Night: {hours: [{weekday: monday, opens: null, closes: '18:00'}]}\n",
            "calendars.Night.hours[0].opens: is missing. Give a time such as 09:00.",
        ),
        ("sources:\n", "sources: expected rows; found nothing. Write {} for none, or take the section out"),
        ("reps:\n  ADA@airtight.test: {}\n  ada@airtight.test: {}\n", "reps.ada@airtight.test: is here twice"),
    ],
)
def test_rules_that_hold_between_rows(company: World, run: Run, text: str, told: str) -> None:
    before = exported()
    found = run("apply", f"airtight: 1\n{text}", "--yes")
    assert f": {told}" in found
    assert found.endswith("exit 2")
    assert exported() == before


def test_a_long_list_of_problems_is_cut_short(company: World, run: Run) -> None:
    rows = "".join(f"  s{number}: {{base_points: x}}\n" for number in range(200))
    told = run("diff", f"airtight: 1\nsources:\n{rows}")
    assert told.count("expected a whole number") == MOST_TOLD
    assert "And 150 more like these." in told


def test_a_file_does_not_write_to_the_terminal_what_it_likes(company: World, run: Run) -> None:
    told = run("diff", f'{ROW}teams: {{"a\\e[2Jb": {{active: 1}}}}\n')
    assert "teams.a�[2Jb.active: expected true or false; found 1." in told
    assert "\x1b" not in told
    assert "\x1b" not in run("diff", f'{ROW}sources: {{"a\\e[2Jb": {{}}}}\n')


def test_one_bad_row_and_no_good_one_is_written(company: World, run: Run) -> None:
    told = run("apply", "airtight: 1\nsources:\n  fair: {base_points: 5}\n  web: {base_points: x}\n", "--yes")
    assert told.endswith("exit 2")
    assert not Source.objects.exists()
    assert Pool.objects.count() == 1
    assert Rep.objects.filter(active=True).count() == 6


@pytest.mark.parametrize("weight", ["-1", "0", "101", "1000000000"])
def test_a_weight_has_one_range_whichever_way_it_is_missed(company: World, run: Run, weight: str) -> None:
    found = run("diff", f"{ROW}territories:\n  Everywhere: {{weights: {{ada@airtight.test: {weight}}}}}\n")
    assert f"weights.ada@airtight.test: expected a whole number from 1 to 100; found {weight}." in found
    assert found.count("airtight.yaml:") == 1


def test_a_number_out_of_its_range_is_told_once(company: World, run: Run) -> None:
    found = run("diff", f"{ROW}sla_policies:\n  Default: {{accept_within: -1}}\n")
    assert "accept_within: Ensure this value is greater than or equal to 1." in found
    assert found.count("accept_within") == 1


def test_a_number_in_quotes_and_an_empty_text_say_what_to_do(company: World, run: Run) -> None:
    row = """territories:\n  Everywhere: {weights: {ada@airtight.test: "2"}, named_accounts: ['']}\n"""
    found = run("diff", f"{ROW}{row}")
    assert "found '2'. Take the quotes away: in quotes it is a text." in found
    assert "named_accounts: an empty text in the list. Take it out" in found
    assert "found 'two'.\n" in run("diff", f'{ROW}sources:\n  web: {{base_points: "two"}}\n')


@pytest.mark.parametrize("name", ["everyWHERE", "Every\u202ewhere", "Every\u200bwhere"])
def test_a_territory_s_name_can_be_told_from_others(company: World, run: Run, name: str) -> None:
    criteria = "{all: [{field: country, op: is, value: NO}]}"
    row = f'territories:\n  Everywhere: {{}}\n  "{name}": {{team: Mid-market, criteria: {criteria}}}\n'
    found = run("diff", f"{ROW}{row}")
    assert "differs by capitals alone" in found if name.isascii() else "that nobody sees" in found
    assert Territory.objects.get().name == "Everywhere"


def test_a_rule_in_a_file_is_checked_as_on_its_page(company: World, run: Run) -> None:
    found = run("diff", "airtight: 1\nterritories:\n  Everywhere: {skill_field: shoe_size, skills: [German, german]}\n")
    assert "territories.Everywhere.skill_field: A lead has no field “shoe_size”." in found
    run("apply", "airtight: 1\nterritories:\n  Everywhere: {skills: [German, german]}\n", "--yes")
    assert Pool.objects.get(territory=company.territory).skills == ["german"]
