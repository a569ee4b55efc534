"""What a strict caller may send: each field's one JSON type, and no field besides. Null counts as no answer."""

from collections.abc import Callable, Mapping

from leads.intake.problems import shown

MOST_UNKNOWN = 50


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_texts(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)


_TYPES: dict[str, tuple[Callable[[object], bool], str]] = {
    "employee_count": (_is_number, "It must be a number."),
    "annual_revenue": (_is_number, "It must be a number."),
    "intent_score": (_is_number, "It must be a number."),
    "consent": (lambda value: isinstance(value, bool), "It must be true or false."),
    "opt_out": (lambda value: isinstance(value, bool), "It must be true or false."),
    "hand_raise": (lambda value: isinstance(value, bool), "It must be true or false."),
    "tech_stack": (_is_texts, "It must be a list of texts."),
    "custom": (lambda value: isinstance(value, Mapping), "It must be an object."),
}


def type_errors(raw: Mapping[str, object], known: frozenset[str]) -> dict[str, list[str]]:
    """Sentences by field, for values of a wrong JSON type and for fields outside `known` (the first 50 of them)."""
    errors: dict[str, list[str]] = {}
    for field, value in raw.items():
        if field not in known:
            if len(errors) < MOST_UNKNOWN:
                errors[shown(field)] = ["There is no such field."]
            continue
        is_right, sentence = _TYPES.get(field, (_is_text, "It must be text."))
        if value is not None and not is_right(value):
            errors[field] = [sentence]
    return errors
