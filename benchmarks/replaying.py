"""The same transitions again by plain SQL, under the same law: what any program would have to pay for them.

Before a change, each lead gets a twin that nothing acts on. Afterwards whatever the product wrote for the leads is
written for their twins, in batches of the same size, and that is timed.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import cache

from django.db import connections, models, transaction

from benchmarks.figures import seconds
from benchmarks.leads import KIN, columns, run, vacuum
from leads import states
from leads.models import Lead
from revops.holding import BATCH

# Further from the leads than any copy, so that a twin's id tells it.
AWAY = 10**15
LATER = "interval '400 days'"


@cache
def _move_twins() -> str:
    setters = ", ".join(f"{name} = {_of_twin(name)}" for name in columns(Lead) if name != "id")
    return f"UPDATE leads_lead t SET {setters} FROM leads_lead s WHERE s.id = ANY(%s) AND t.id = s.id + {AWAY}"


@cache
def _end_twins_turns() -> str:
    setters = ", ".join(f"{name} = s.{name}" for name in ("accepted_at", "terms", "ended_at", "outcome"))
    return (
        f"UPDATE leads_assignment t SET {setters} FROM leads_assignment s"
        f" WHERE s.lead_id = ANY(%s) AND s.ended_at IS NOT NULL AND t.id = s.id + {AWAY} AND t.ended_at IS NULL"
    )


class Replay:
    """Twins of all leads in the buffer; `again()` takes them where the leads have gone since the last time."""

    def __init__(self) -> None:
        self._ids = list(Lead.objects.filter(state=states.BUFFER).order_by("pk").values_list("pk", flat=True))
        with transaction.atomic():
            for model in (Lead, *KIN):
                _insert(model, f"s.{'id' if model is Lead else 'lead_id'} = ANY(%s)", [self._ids])
            _postpone_twins()
        self._remember()

    def _remember(self) -> None:
        self._seen = {model: _newest(model) for model in KIN}

    def again(self, *, workers: int = 1) -> float:
        """The seconds it takes, with so many connections at once."""
        vacuum()
        batches = [self._ids[start : start + BATCH] for start in range(0, len(self._ids), BATCH)]
        taken = seconds(lambda: self._move_all(batches, workers=workers))
        _postpone_twins()
        self._remember()
        return taken

    def _move_all(self, batches: list[list[int]], *, workers: int) -> None:
        if workers == 1:
            for batch in batches:
                self._move(batch)
            return
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(self._move_share, [batches[place::workers] for place in range(workers)]))

    def _move_share(self, batches: list[list[int]]) -> None:
        """In a thread, with a connection of its own."""
        try:
            self._move_all(batches, workers=1)
        finally:
            connections.close_all()

    def _move(self, ids: list[int]) -> None:
        with transaction.atomic():
            run(_move_twins(), [ids])
            run(_end_twins_turns(), [ids])
            for model in KIN:
                _insert(model, f"s.id > {self._seen[model]} AND s.lead_id = ANY(%s)", [ids])


def _postpone_twins() -> None:
    """So that no sweep takes them; the law wants the terms to say so too."""
    run(
        f"UPDATE leads_lead SET due_at = due_at + {LATER}, terms ="
        f" jsonb_set(terms, ARRAY['steps', due_step, 'at'], to_jsonb(due_at + {LATER}))"
        f" WHERE id > {AWAY} AND due_at IS NOT NULL"
    )


def _newest(model: type[models.Model]) -> int:
    return model._base_manager.filter(pk__lt=AWAY).aggregate(last=models.Max("pk"))["last"] or 0


def _insert(model: type[models.Model], where: str, params: list[object]) -> None:
    table, names = model._meta.db_table, columns(model)
    values = ", ".join(_of_twin(name) for name in names)
    run(f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {table} s WHERE {where}", params)


def _of_twin(column: str) -> str:
    if column in ("id", "lead_id", "event_id", "assignment_id", "previous_id", "merged_into_id"):
        return f"s.{column} + {AWAY}"
    if column in ("email", "person_key", "dedupe_key"):
        return f"'twin-' || s.{column}"
    return f"s.{column}"
