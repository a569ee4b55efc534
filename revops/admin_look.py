"""What unfold's settings ask for by name: addresses of our own assets."""

from django.http import HttpRequest
from django.templatetags.static import static


def stylesheet(request: HttpRequest) -> str:
    return static("airtight/admin.css")


def icon(request: HttpRequest) -> str:
    return static("airtight/icon.svg")
