"""Whose turn it was, told from a stored decision: who could take the lead, and how each stood."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from leads import wording


def named(reps: Mapping[int, str], rep_id: int) -> str:
    return reps.get(rep_id, "somebody who left")


def turns_of(steps: Mapping[str, Any], reps: Mapping[int, str]) -> Iterable[tuple[str, str]]:
    """Who could take it with how they stood, whoever was due first at the head; older decisions do not tell by when."""
    due = {row["rep"]: row["in"] for row in steps.get("due", ())}

    def place(turn: Mapping[str, Any]) -> tuple[float, float]:
        return due.get(turn["rep_id"], math.inf), -turn.get("owed", 0.0)

    for turn in sorted(steps.get("turns", ()), key=place) if due else steps.get("turns", ()):
        told = f"{wording.due_in(due.get(turn['rep_id']))}: " if due else ""
        yield named(reps, turn["rep_id"]), told + _level(turn)


def _level(turn: Mapping[str, Any]) -> str:
    weight = f", weight {turn['weight']:g}" if turn["weight"] != 1 else ""
    if "owed" not in turn:  # a decision of before balances
        credit = f", {-turn['credit']:g} owed" if turn["credit"] < 0 else ""
        return f"{wording.count(round(turn['given']), 'lead')} so far{weight}{credit}"
    return f"{wording.balance(turn['owed'])}, {wording.count(turn['open'], 'open lead')}{weight}"
