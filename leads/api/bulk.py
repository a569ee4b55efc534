"""`leads/bulk/`: many leads in one body, a JSON array or a line of JSON each. Good rows land, bad ones are told."""

from collections.abc import Mapping, Sequence
from typing import IO, Any

from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from leads.api import capture, documents
from leads.api.representations import LeadShown
from leads.intake.lead_form import CleanLead, Invalid, clean_lead
from leads.models import Lead
from revops import lifecycle
from revops.api.bodies import MOST_BULK_BYTES, decode_or_refuse, read
from revops.api.idempotency import HEADER
from revops.api.json_bytes import NotJson, decode
from revops.api.permissions import MayCapture
from revops.api.views import View

MOST_ROWS = 10_000
BATCH = 500


class Rows(BaseParser):
    """A JSON array of rows."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        rows = self.rows(read(stream, media_type, parser_context, MOST_BULK_BYTES))
        if len(rows) > MOST_ROWS:
            raise capture.TooManyRows(MOST_ROWS, len(rows))
        return rows

    def rows(self, body: bytes) -> Sequence[Any]:
        rows = decode_or_refuse(body)
        if not isinstance(rows, list):
            raise ParseError("The body must be a JSON array, or NDJSON with its own content type.")
        return rows


class Lines(Rows):
    """A row in JSON on each line; a line that cannot be read is a row refused."""

    media_type = "application/x-ndjson"

    def rows(self, body: bytes) -> Sequence[Any]:
        return [_line(line) for line in body.splitlines() if line.strip()]


def _line(line: bytes) -> Any:
    try:
        return decode(line)
    except NotJson as error:
        return error


class Bulk(View):
    permission_classes = (IsAuthenticated, MayCapture)
    parser_classes = (Rows, Lines)
    queryset = Lead.objects.none()
    serializer_class = LeadShown

    @documents.bulk
    def post(self, request: Request) -> Response:
        if HEADER in request.headers:
            raise ValidationError({HEADER: ["Not here: send the rows again, and each joins the lead it made."]})
        try:
            rows: Any = request.data
        except tuple(capture.UNREAD) as error:
            capture.unread(error, at=self.at, by=self.by).save()
            raise
        if not rows:
            raise ValidationError(["There are no rows in the body."])
        results: list[dict[str, Any]] = []
        for start in range(0, len(rows), BATCH):
            results += self._batch(rows[start : start + BATCH])
        for number, result in enumerate(results, start=1):
            result["row"] = number
        return Response({"counts": _counts(results), "results": results})

    def _batch(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """Take in one batch; a result for each of its rows."""
        forms = [self._read(row) for row in rows]
        bad = [(row, form) for row, form in zip(rows, forms, strict=True) if isinstance(form, Invalid)]
        refused = [capture.refused(row, error, at=self.at, by=self.by) for row, error in bad]
        knocks = [lifecycle.Knock(form) for form in forms if isinstance(form, CleanLead)]
        taken = iter(lifecycle.capture(knocks, at=self.at, by=self.by, refused=refused))
        return [_refusal(form) if isinstance(form, Invalid) else _landed(next(taken)) for form in forms]

    def _read(self, row: Any) -> CleanLead | Invalid:
        if isinstance(row, NotJson):
            return Invalid({"row": [str(row)]})
        try:
            return clean_lead(row, received_at=self.at, strict=True)
        except Invalid as error:
            return error


def _refusal(error: Invalid) -> dict[str, Any]:
    return {"status": 400, "outcome": "refused", "errors": error.errors}


def _landed(taken: lifecycle.Captured) -> dict[str, Any]:
    return {"status": capture.STATUS[taken.outcome], **capture.told(taken)}


def _counts(results: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    counts = dict.fromkeys(("new", "joined", "suppressed", "refused"), 0)
    for result in results:
        counts[result["outcome"]] += 1
    return counts
