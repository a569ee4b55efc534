"""Nothing that RevOps configures is forgotten: a table or a column that comes new is carried, or named as left out."""

from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db.models import Model

from revops.config import yaml_text
from revops.config.sections import CARRIED, SECTIONS
from routing.models import NamedList, Pool
from tests.config.conftest import Run
from tests.world import World

ROOT = Path(settings.BASE_DIR)

OURS = ("leads", "routing", "sla", "recycle", "revops")
# Tables that configure nothing: what happened, what is counted, what comes from elsewhere, and people's own.
NO_CONFIGURATION = {
    "leads": "Account AccountDomain Alert Arrival Assignment Conversation CrmMeeting CrmPull CrmRecord CrmUser "
    "Delivery DomainClaim Draft Identification IntentSignal Lead LeadEvent LostDeal Opportunity OwnerOverride "
    "PastLead RuleSet SentBack Suppression UnownedCrmLead VendorHealth",
    "routing": "Absence AccountName Backtest ChangedAccount Decision Enquiry EnrichmentAnswer IcpProfileVersion "
    "NameAnswer NameGram PerformanceFit PerformanceScore Share TurnCredit VendorAnswer",
    "sla": "Breach Outage Remark",
    "recycle": "Dispute Enrolment",
    "revops": "ClockOffset Heartbeat HookEvent HookRefusal IdempotencyKey LastLook Lateness Notice",
}
# The column that ties a row to the one that it stands in.
TIES = {"id"}


def carried() -> dict[type[Model], set[str]]:
    """Each table's columns that are in the file or named as left out."""
    found: dict[type[Model], set[str]] = {NamedList: {"domains"}}
    for section in SECTIONS:
        found.setdefault(section.model, set()).update({section.key, *section.columns, *section.left_out})
        for nested in section.nested:
            found.setdefault(nested.model, set()).update({nested.parent, *nested.columns})
        for beside in section.beside:
            found.setdefault(beside.model, set()).update({beside.owner, beside.column})
    for model, left_out in CARRIED.items():
        found.setdefault(model, {"name"}).update(left_out)
    return found


def ours() -> dict[str, type[Model]]:
    return {model.__name__: model for name in OURS for model in apps.get_app_config(name).get_models()}


def test_every_column_is_carried_or_named_as_left_out() -> None:
    for model, columns in carried().items():
        there = {field.name for field in model._meta.concrete_fields} - TIES
        assert there - columns == set(), f"{model.__name__}: say in revops/config/sections.py what becomes of these"
        assert columns - there == set(), f"{model.__name__} has no such columns"


def test_every_table_is_carried_or_configures_nothing() -> None:
    others = {name for names in NO_CONFIGURATION.values() for name in names.split()}
    known = {model.__name__ for model in carried()} | others
    assert set(ours()) - known == set(), "carry them in revops/config/sections.py, or name them here"
    assert others & {model.__name__ for model in carried()} == set()


def test_every_left_out_column_says_why() -> None:
    for section in SECTIONS:
        assert all(section.left_out.values())
        assert not set(section.left_out).intersection(section.columns)
        assert section.about
    assert Pool in carried()


def test_the_file_says_how_it_is_read() -> None:
    document = {section.name: {} for section in SECTIONS}
    text = yaml_text.text(document)
    assert text.startswith("# Airtight's configuration")
    assert [line for line in text.splitlines() if len(line) > 120] == []
    for section in SECTIONS:
        assert f"\n{section.name}: {{}}\n" in text


def test_the_documentations_example_is_one(company: World, run: Run) -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    example = text.partition("```yaml\n")[2].partition("```")[0]
    told = run("diff", example)
    assert "  added Large accounts\n" in told
    assert told.endswith("exit 1")
