"""What is written on one line of the file."""

from typing import Any


class Flow(dict[str, Any]):
    """A mapping such as {field: country, op: is, value: DE}."""


class FlowList(list[Any]):
    """A list such as [german, french]."""
