"""Lists page by cursor: a page stays what it was while leads come and go."""

from datetime import datetime
from typing import Any

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

# What DRF reads in a cursor in which it finds nothing.
BEGINNING = Cursor(offset=0, reverse=False, position=None)


class Pages(CursorPagination):
    """Newest first."""

    ordering = ("-captured_at", "-id")
    page_size_query_param = "page_size"
    max_page_size = 200
    cursor_query_description = "Where to go on: take it from `next` or `previous`, not from your own making."

    def get_page_size(self, request: Request) -> int | None:
        asked = request.query_params.get("page_size")
        if asked is None:
            return self.page_size
        if not (asked.isascii() and asked.isdecimal() and 1 <= int(asked[:6]) <= self.max_page_size):
            raise ValidationError({"page_size": [f"A whole number from 1 to {self.max_page_size}."]})
        return int(asked)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            if parameter["name"] == self.page_size_query_param:
                parameter["schema"] |= {"minimum": 1, "maximum": self.max_page_size, "default": self.page_size}
        return parameters

    def decode_cursor(self, request: Request) -> Cursor | None:
        """The cursor asked for. Checked here, since a forged one would reach the query as it is."""
        try:
            cursor = super().decode_cursor(request)
            if cursor is not None and cursor.position is not None:
                self.check_position(str(cursor.position))
            if cursor == BEGINNING and request.query_params[self.cursor_query_param]:
                raise ValueError("What is read of it is nothing.")
        except (NotFound, ValueError):
            raise ValidationError({"cursor": ["That is no cursor of this list."]}) from None
        return cursor

    def check_position(self, position: str) -> None:
        """Raises ValueError for what is no position of this list."""
        if datetime.fromisoformat(position).tzinfo is None:
            raise ValueError(position)


class ByDeadline(Pages):
    ordering = ("due_at", "id")


class OldestFirst(Pages):
    ordering = ("at", "id")


class LatestFirst(Pages):
    ordering = ("-at", "-id")


class ByName(Pages):
    ordering: Any = ("key",)

    def check_position(self, position: str) -> None:
        if not position.replace("-", "").replace("_", "").isalnum():
            raise ValueError(position)
