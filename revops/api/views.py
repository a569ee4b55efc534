"""What every view of the API shares."""

from datetime import datetime
from typing import Any

from django.utils.functional import cached_property
from django.views.decorators.common import no_append_slash
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from leads.actor import Actor
from revops import clock
from revops.api.bodies import length_of
from revops.api.fields import Strict
from revops.roles import actor


class View(GenericAPIView[Any]):
    """Strict about what it is sent: to leave out a parameter that is unknown would be to answer another question.

    `at` is the request's time, read once, and `by` who is asking.
    """

    parameters: frozenset[str] = frozenset()

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        # A redirect to the address with a slash would lose a POST's body.
        return no_append_slash(super().as_view(**initkwargs))

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        length_of(request)
        if unknown := sorted(set(request.query_params) - self.parameters):
            raise ValidationError({name[:60]: ["There is no such parameter."] for name in unknown[:50]})

    @cached_property
    def at(self) -> datetime:
        return clock.now()

    @cached_property
    def by(self) -> Actor:
        return actor(self.request.user, door="api")

    def answers(self, form: type[Strict]) -> dict[str, Any]:
        """The request's body, checked. Raises ValidationError."""
        serializer = form(data=self.request.data, context={"at": self.at})
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class ListView(ListModelMixin, View):
    """A list, page by page."""

    parameters = frozenset(("cursor", "page_size"))

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request, *args, **kwargs)
