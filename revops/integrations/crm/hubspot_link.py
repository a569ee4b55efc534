"""The way to one HubSpot account: its objects, their associations, and the lists of what there is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from revops.integrations.crm.calling import Call, Host, ask, read_object
from revops.integrations.crm.hubspot_answers import check
from revops.integrations.crm.hubspot_rows import identity
from revops.integrations.crm.rows import Row, text
from revops.integrations.errors import VendorError
from revops.integrations.wire import Answer, Deadline

IN_A_BATCH = 100


@dataclass(frozen=True)
class Link:
    """A service key ends by being revoked, never by itself: a 401 asks for an admin, not for another token."""

    host: Host
    version: str
    token: str = field(repr=False)

    def ask(self, call: Call, deadline: Deadline) -> tuple[Answer, dict[str, Any]]:
        answer = ask(self.host, call, token=self.token, deadline=deadline)
        check(call, answer, token=self.token)
        return answer, read_object(call, answer)

    def get(self, name: str, path: str, deadline: Deadline, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        return self.ask(Call(f"HubSpot {name}", "GET", path, query=query), deadline)[1]

    def look(self, name: str, path: str, said: Mapping[str, Any], deadline: Deadline) -> dict[str, Any]:
        """A POST that only reads."""
        return self.ask(Call(f"HubSpot {name}", "POST", path, said=said, reads=True), deadline)[1]

    def objects(self, below: str) -> str:
        return f"/crm/objects/{self.version}/{below}"

    def batch(
        self, kind: str, ids: Sequence[str], properties: Sequence[str], deadline: Deadline, *, by: str = ""
    ) -> Iterator[Row]:
        """The rows that are there, of these ids; what is not there is told beside them and is no failure."""
        for some in _portions(ids):
            said: dict[str, Any] = {
                "inputs": [{"id": one} for one in some],
                "properties": list(properties),
                "propertiesWithHistory": [],
            }
            if by:
                said["idProperty"] = by
            path = self.objects(f"{kind}/batch/read")
            yield from results(f"HubSpot {kind}", self.look(kind, path, said, deadline))

    def associated(self, kind: str, to: str, ids: Sequence[str], deadline: Deadline) -> dict[str, list[str]]:
        """For each id the ids of what it is associated with, the primary one first."""
        found: dict[str, list[str]] = {}
        path = f"/crm/associations/{self.version}/{kind}/{to}/batch/read"
        for some in _portions(ids):
            name = f"{kind} to {to}"
            said = self.look(name, path, {"inputs": [{"id": one} for one in some]}, deadline)
            for row in results(f"HubSpot {name}", said):
                whose = row.get("from")
                if isinstance(whose, dict):
                    found[identity(whose)] = _targets(row)
        return found


def results(name: str, said: Row) -> list[Row]:
    rows = said.get("results")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise VendorError(f"{name}: the answer has no results", permanent=False)
    return rows


def next_after(said: Row) -> str:
    paging = said.get("paging")
    following = paging.get("next") if isinstance(paging, dict) else None
    return text(following, "after") if isinstance(following, dict) else ""


def _targets(row: Row) -> list[str]:
    listed = row.get("to")
    targets = [to for to in listed if isinstance(to, dict)] if isinstance(listed, list) else []
    targets.sort(key=lambda to: not _is_primary(to))
    return [one for to in targets if (one := identity({"id": to.get("toObjectId")}))]


def _is_primary(to: Row) -> bool:
    types = to.get("associationTypes")
    return isinstance(types, list) and any(isinstance(one, dict) and one.get("label") == "Primary" for one in types)


def _portions(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), IN_A_BATCH):
        yield ids[start : start + IN_A_BATCH]
