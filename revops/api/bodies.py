"""The body of a request, read within limits before anything is made of it."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from revops.api.json_bytes import NotJson, decode

MOST_BYTES = 1024 * 1024
MOST_BULK_BYTES = 32 * 1024 * 1024


class TooLarge(APIException):
    status_code = 413
    default_code = "too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than {limit // 1024 // 1024} MB.")


class LengthMissing(APIException):
    status_code = 411
    default_detail = "Send the body with its Content-Length, not in chunks."
    default_code = "length_required"


class OneObject(BaseParser):
    """One JSON object."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        value = decode_or_refuse(read(stream, media_type, parser_context, MOST_BYTES))
        if not isinstance(value, dict):
            raise ParseError("The body must be one JSON object.")
        return value


def read(stream: IO[Any], media_type: str | None, context: Mapping[str, Any] | None, limit: int) -> bytes:
    """The bytes of a body that says it is UTF-8 (or says nothing) and is no longer than `limit`."""
    refuse_other_charset(media_type or "")
    refuse_oversize((context or {})["request"], limit)
    body: bytes = stream.read(limit + 1)
    if len(body) > limit:
        raise TooLarge(limit)
    return body


def raw(request: Request, limit: int = MOST_BYTES) -> bytes:
    """The body as it came, left for the parser to read again. Raises as the parser would for what it may not be."""
    content_type = request.content_type or ""
    refuse_oversize(request, limit)
    if content_type and content_type.partition(";")[0].strip().lower() != OneObject.media_type:
        raise UnsupportedMediaType(content_type)
    return request._request.body


def decode_or_refuse(body: bytes) -> Any:
    try:
        return decode(body)
    except NotJson as error:
        raise ParseError(f"The body cannot be read. {error}") from None


def refuse_other_charset(media_type: str) -> None:
    for parameter in media_type.lower().split(";")[1:]:
        name, _, value = parameter.strip().partition("=")
        if name == "charset" and value.strip('"') not in ("utf-8", "utf8"):
            raise UnsupportedMediaType(media_type, "JSON comes in UTF-8.")


def refuse_oversize(request: Request, limit: int) -> None:
    if length_of(request) > limit:
        raise TooLarge(limit)


def length_of(request: Request) -> int:
    """The length a request declares, 0 without a body. Raises LengthMissing for a body in chunks."""
    if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        raise LengthMissing
    return declared(request.META)


def declared(meta: Mapping[str, Any]) -> int:
    length = meta.get("CONTENT_LENGTH") or ""
    return int(length) if length.isascii() and length.isdecimal() and len(length) < 16 else 0
