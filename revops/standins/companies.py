"""The companies that the stand-ins know: the demo's own, and one for nearly every other domain, the same each time."""

import hashlib
from dataclasses import dataclass

from revops.demo.accounts import DIRECTORY

UNKNOWN = frozenset(("nobody.example", "unknown.example", "ghost.example"))
FREE_MAIL = frozenset(("gmail.com", "outlook.com", "yahoo.com"))
COUNTRIES = {
    "US": "United States",
    "CA": "Canada",
    "MX": "Mexico",
    "GB": "United Kingdom",
    "FR": "France",
    "NL": "Netherlands",
    "CH": "Switzerland",
    "DE": "Germany",
    "JP": "Japan",
    "SG": "Singapore",
}
PLACES = (
    ("US", "Texas", "TX", "Austin"),
    ("US", "California", "CA", "San Francisco"),
    ("US", "New York", "NY", "New York"),
    ("CA", "Ontario", "ON", "Toronto"),
    ("GB", "England", "ENG", "Manchester"),
    ("DE", "Bavaria", "BY", "Munich"),
    ("NL", "North Holland", "NH", "Amsterdam"),
    ("JP", "Tokyo", "13", "Tokyo"),
)
# label, sub-label, NAICS, SIC
INDUSTRIES = (
    ("Software", "Business Software", "511210", "7372"),
    ("Fintech", "Payments", "522320", "6099"),
    ("Healthcare", "Medical Devices", "339112", "3841"),
    ("Industrials", "Robotics", "333248", "3569"),
    ("Consumer", "Outdoor Goods", "339920", "3949"),
    ("Education", "Colleges", "611310", "8221"),
    ("B2B", "Data Services", "518210", "7374"),
)
# name, vendor, category
TECHNOLOGIES = (
    ("Salesforce", "Salesforce", "Customer Relationship Management"),
    ("HubSpot", "HubSpot", "Marketing Automation"),
    ("Marketo", "Adobe", "Marketing Automation"),
    ("Snowflake", "Snowflake", "Data Warehouse"),
    ("Segment", "Twilio", "Customer Data Platform"),
    ("Amazon Web Services", "Amazon", "Cloud"),
    ("Slack", "Salesforce", "Collaboration"),
    ("Stripe", "Stripe", "Payments"),
)
WORDS = ("North", "Blue", "Iron", "Cedar", "Silver", "Harbor", "Summit", "River")
KINDS = ("Labs", "Systems", "Works", "Group", "Partners", "Networks", "Analytics", "Foods")


@dataclass(frozen=True)
class Company:
    """`number` is what ids are made of."""

    domain: str
    name: str
    number: int
    people: int
    industry: tuple[str, str, str, str]
    place: tuple[str, str, str, str]
    revenue: int
    founded: int
    technologies: tuple[tuple[str, str, str], ...]

    @property
    def country(self) -> str:
        return COUNTRIES[self.place[0]]

    @property
    def slug(self) -> str:
        return self.domain.partition(".")[0]

    @property
    def is_free_mail(self) -> bool:
        return self.domain in FREE_MAIL


def company_at(domain: str) -> Company | None:
    """What vendors know of this domain; None for the few that nobody knows."""
    domain = domain.lower().removeprefix("www.")
    return None if domain in UNKNOWN or "." not in domain else _KNOWN.get(domain) or _made_up(domain)


def _made_up(domain: str) -> Company:
    dice = hashlib.sha256(domain.encode()).digest()
    people = round(5 * 3 ** (dice[0] / 32))
    return Company(
        domain=domain,
        name=f"{WORDS[dice[1] % len(WORDS)]} {KINDS[dice[2] % len(KINDS)]}",
        number=_number(domain),
        people=people,
        industry=INDUSTRIES[dice[3] % len(INDUSTRIES)],
        place=PLACES[dice[4] % len(PLACES)],
        revenue=people * (60 + dice[5]) * 1000,
        founded=1950 + dice[6] % 74,
        technologies=_technologies(domain),
    )


def _demo_company(account: tuple[str, str, str, str, int, str]) -> Company:
    name, domain, country, city, people, industry = account
    made_up = _made_up(domain)
    label = next((row for row in INDUSTRIES if row[0] == industry), INDUSTRIES[0])
    return Company(
        domain=domain,
        name=name,
        number=made_up.number,
        people=people,
        industry=label,
        place=next(((*place[:3], city) for place in PLACES if place[0] == country), (country, "", "", city)),
        revenue=people * 150_000,
        founded=made_up.founded,
        technologies=made_up.technologies,
    )


def _number(domain: str) -> int:
    return 100_000_000 + int.from_bytes(hashlib.sha256(domain.encode()).digest()[8:11], "big")


def _technologies(domain: str) -> tuple[tuple[str, str, str], ...]:
    dice = hashlib.sha256(domain.encode()).digest()[11]
    return tuple(row for bit, row in enumerate(TECHNOLOGIES) if dice >> bit & 1)


_KNOWN = {account[1]: _demo_company(account) for account in DIRECTORY}
