"""Where a pull stands, as the text a caller keeps, and the time by which it has seen everything."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from revops.integrations.crm.port import STALE_CURSOR
from revops.integrations.errors import VendorError
from revops.integrations.wire import Answer


@dataclass(frozen=True)
class Cursor:
    """`part` counts what the pull goes through (objects, then what is gone), `after` is the vendor's place within it.

    `until` is the vendor's own time when the pull began: a row that changes while pages are read comes in the next one.
    """

    part: int = 0
    after: str = ""
    until: str = ""

    @classmethod
    def read(cls, text: str) -> "Cursor":
        try:
            said = json.loads(text) if text else {}
            part, after, until = said.get("part", 0), said.get("after", ""), said.get("until", "")
            return cls(part=int(part), after=str(after), until=str(until))
        except (ValueError, TypeError, AttributeError):
            raise stale() from None

    def __str__(self) -> str:
        return json.dumps(asdict(self))

    def began(self, name: str, answer: Answer) -> "Cursor":
        """With the time of the pull's first answer."""
        return self if self.until else replace(self, until=vendor_time(name, answer).isoformat())

    @property
    def until_at(self) -> datetime:
        try:
            return datetime.fromisoformat(self.until)
        except ValueError:
            raise stale() from None


def stale() -> VendorError:
    return VendorError("the cursor is not good any more: begin this pull again", permanent=True, code=STALE_CURSOR)


def vendor_time(name: str, answer: Answer) -> datetime:
    """When the vendor answered, by its clock. Ours may be ahead, and would skip what changes meanwhile."""
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")).astimezone(UTC)
    except ValueError:
        raise VendorError(f"{name}: the answer does not say its time (Date header)", permanent=False) from None
