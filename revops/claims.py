"""What somebody may claim out of the Shark Tank, as pages and the API tell it before they try."""

from dataclasses import dataclass
from datetime import datetime

from leads.models import Lead, Rep
from revops.rules import standing
from routing import claiming
from routing.claiming import Claimant
from routing.rules import RoutingRules
from sla.terms import TeamHours


@dataclass(frozen=True)
class Claims:
    """Read once for all the leads of a page or a list."""

    rules: RoutingRules
    one: Claimant | None
    at: datetime

    @classmethod
    def of(cls, rep: Rep | None, *, hours: TeamHours, at: datetime) -> "Claims":
        rules = standing().routing
        return cls(rules, claiming.claimant(rep.pk if rep else None, rules, hours=hours, at=at), at)

    def why_not(self, lead: Lead) -> str:
        """'' for a lead that they may claim."""
        return claiming.why_not(lead, self.one, self.rules, at=self.at)

    @property
    def told(self) -> str:
        """How many they may still claim today; '' where there is no cap."""
        left = self.one.left if self.one else None
        if left is None:
            return ""
        return f"{left} more claim{'' if left == 1 else 's'} today" if left else "no more claims today"
