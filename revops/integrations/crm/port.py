"""What Airtight asks of a CRM, whichever it is, in its own words.

Reading is by page. `since=None` gives all that lives; whatever the caller has beyond that is gone. With `since` it
gives what changed from then on, and what is gone. To pull: ask with an empty cursor, hand each page's cursor back until
it is empty, and only then keep the last page's `until` as the next pull's `since`. A pull that stopped half-way goes on
from its last cursor. Rows changed in the minutes before `since` come again, since a CRM's index may lag: the same id
with the same `changed_at` is the same row. Times are aware datetimes.

One call takes at most the client's `timeout`, all its requests together. Nothing is retried inside but a call whose
token had run out. Every failure is a VendorError; one of a write says `ambiguous` when the write may have been done.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Generic, Protocol, TypeVar

STALE_CURSOR = "stale_cursor"  # a VendorError's code: begin this pull again, with the same `since`
OWNER_FIELDS = frozenset({"OwnerId", "hubspot_owner_id"})  # in a refusal's fields: nobody can be given a lead like this
SPARED = "share"  # a VendorError's code: reading leaves the rest of the day's calls to others
READ_ONLY = "CANNOT_UPDATE_CONVERTED_LEAD"  # a VendorError's code: the lead was converted and takes no more changes

Item = TypeVar("Item", covariant=True)


@dataclass(frozen=True)
class CrmUser:
    """Who may own a record: a person, or a queue that stands for several."""

    id: str
    name: str
    email: str
    active: bool
    queue: bool = False


@dataclass(frozen=True)
class CrmAccount:
    """`person` is an account that is one human being, whose mail domain says nothing of a company.

    annual_revenue is in `currency`, which is empty where the CRM has but one.
    """

    id: str
    name: str
    website: str
    domains: tuple[str, ...]
    country: str
    region: str
    city: str
    employee_count: int | None
    industry: str
    annual_revenue: Decimal | None
    currency: str
    owner_id: str
    person: bool
    changed_at: datetime


@dataclass(frozen=True)
class CrmOpportunity:
    """`contacts` are e-mail addresses; `last_activity_on` is unknown where the CRM has seen no activity."""

    id: str
    account_id: str
    name: str
    kind: str
    stage: str
    is_closed: bool
    is_won: bool
    amount: Decimal | None
    currency: str
    close_date: date | None
    loss_reason: str
    owner_id: str
    contacts: tuple[str, ...]
    last_activity_on: date | None
    changed_at: datetime


@dataclass(frozen=True)
class CrmLead:
    """A person whom sales works: Salesforce's lead, HubSpot's contact. `external_id` is Airtight's, where it wrote.

    `converted_at` is known where the CRM tells more than the day; `changed_by` is the user who changed it last, ''
    where it does not say.
    """

    id: str
    email: str
    external_id: str
    company: str
    status: str
    owner_id: str
    converted: bool
    converted_on: date | None
    account_id: str
    contact_id: str
    opportunity_id: str
    changed_at: datetime
    converted_at: datetime | None = None
    changed_by: str = ""


@dataclass(frozen=True)
class LeadOwner:
    """Whose a lead is, as it stands, and when and by whom it was changed last, '' where the CRM does not say."""

    owner_id: str
    changed_at: datetime
    changed_by: str = ""


@dataclass(frozen=True)
class CrmActivity:
    """What was done to a person, or is to be.

    kind       'call', 'mail', 'meeting' or 'task'
    at         when it was, of a meeting when it ends
    done       it happened, or will have by `at`: nobody ticks off a meeting. False: still open, or called off
    inbound    it came from them
    automatic  a machine did it: a mass mail, a sequence's step
    people     ids of leads and contacts
    about      ids of accounts and opportunities
    """

    id: str
    kind: str
    at: datetime
    done: bool
    inbound: bool
    automatic: bool
    owner_id: str
    people: tuple[str, ...]
    about: tuple[str, ...]
    changed_at: datetime


@dataclass(frozen=True)
class Gone:
    """A record that is deleted, or now part of `merged_into`."""

    id: str
    merged_into: str = ""


@dataclass(frozen=True)
class Page(Generic[Item]):
    items: tuple[Item, ...]
    gone: tuple[Gone, ...]
    cursor: str
    until: datetime


@dataclass(frozen=True)
class NewLead:
    """A lead as Airtight knows it; `external_id` is ours and never changes."""

    external_id: str
    email: str
    last_name: str
    company: str
    first_name: str = ""
    job_title: str = ""
    phone: str = ""
    website: str = ""
    source: str = ""


@dataclass(frozen=True)
class LeadRef:
    """Where a lead is in the CRM. One that was `converted` is read-only there and was left as it is."""

    id: str
    created: bool
    converted: bool = False


@dataclass(frozen=True)
class LeadDates:
    """When it happened, or will; None clears the field in the CRM."""

    assigned_at: datetime | None = None
    accepted_at: datetime | None = None
    first_touch_at: datetime | None = None
    due_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Connected:
    """Whom we talk to, how many calls the day has left (None: not told), and which of our fields the admin has yet to
    make there."""

    organisation: str
    calls_left: int | None
    calls_a_day: int | None
    missing_fields: tuple[str, ...]


class Crm(Protocol):
    def check(self) -> Connected: ...

    def users(self) -> list[CrmUser]:
        """All of them, those who left included: they may still own records."""

    def accounts(self, since: datetime | None, cursor: str = "") -> Page[CrmAccount]: ...

    def opportunities(self, since: datetime | None, cursor: str = "") -> Page[CrmOpportunity]: ...

    def leads(self, since: datetime | None, cursor: str = "") -> Page[CrmLead]: ...

    def activities(self, since: datetime | None, cursor: str = "") -> Page[CrmActivity]: ...

    def upsert_lead(self, lead: NewLead) -> LeadRef:
        """Make the lead, or find the one there is by `external_id`, then by e-mail, and bring it up to date. It looks
        before it writes, so that a repetition after a lost answer makes no second one."""

    def owner_of_lead(self, lead_id: str) -> LeadOwner:
        """As it stands, from no index that lags. Raises NotFound when it is not there any more."""

    def write_lead(self, lead_id: str, *, owner_id: str | None, state: str, reason: str, dates: LeadDates) -> datetime:
        """Set what Airtight decided. Always the whole of it, so that a repetition changes nothing. Without an
        `owner_id` the owner stays who it is. Returns the CRM's time of the write, to hold later changes against."""


@dataclass(frozen=True)
class Owners:
    """From an owner's id to an e-mail address."""

    by_id: Mapping[str, CrmUser]

    @classmethod
    def of(cls, users: Iterable[CrmUser]) -> "Owners":
        return cls({user.id: user for user in users})

    def email(self, owner_id: str) -> str:
        """'' for a queue, and for an id nobody has."""
        user = self.by_id.get(owner_id)
        return user.email if user and not user.queue else ""
