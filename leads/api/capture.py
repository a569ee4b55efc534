"""The door for leads from other systems: one, or ten thousand. Every refusal is counted in the books."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType

from leads.actor import Actor
from leads.intake.lead_form import FIELDS, Invalid
from leads.intake.problems import shown
from leads.models import Arrival
from revops import lifecycle
from revops.api.bodies import TooLarge

STATUS = {"new": 201, "joined": 200, "suppressed": 200}


class TooManyRows(APIException):
    status_code = 413
    default_code = "too_many_rows"

    def __init__(self, limit: int, sent: int) -> None:
        super().__init__(f"At most {limit:,} rows at a time; these are {sent:,}.")


# A body that could not be read, by what was wrong with it.
UNREAD: dict[type[APIException], str] = {
    ParseError: "not_json",
    UnsupportedMediaType: "not_json",
    TooLarge: "too_large",
    TooManyRows: "too_many_rows",
}


def refused(raw: object, error: Invalid, *, at: datetime, by: Actor) -> Arrival:
    """The unsaved arrival of a row that was not accepted: what was wrong first, the e-mail before all else."""
    row = raw if isinstance(raw, Mapping) else {}
    field = "email" if "email" in error.errors else next(iter(error.errors), "row")
    code = f"bad_{field}" if field in FIELDS else "unknown_field" if row else "bad_row"
    return lifecycle.refuse(code, at=at, by=by, reference=_told(row, "external_id"), source=_told(row, "source"))


def unread(error: APIException, *, at: datetime, by: Actor) -> Arrival:
    """The unsaved arrival of a body of which nothing could be read."""
    return lifecycle.refuse(UNREAD[type(error)], at=at, by=by)


def told(taken: lifecycle.Captured) -> dict[str, Any]:
    """What became of a form, for its sender."""
    return {
        "id": taken.lead_id,
        "url": reverse("api-lead", args=[taken.lead_id]) if taken.lead_id else None,
        "outcome": taken.outcome,
        "merged": taken.outcome == "joined",
        "state": taken.state,
    }


def _told(row: Mapping[str, Any], field: str) -> str:
    value = row.get(field)
    return shown(value) if isinstance(value, str) else ""
