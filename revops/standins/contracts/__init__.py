"""The vendors' contracts, in our own words, and requests and answers held against them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from revops.standins.web import Request

FOLDER = Path(__file__).parent
MOST_TOLD = 3


@dataclass(frozen=True)
class Contract:
    """An OpenAPI document, of which paths, parameters, media types and schemas are held."""

    document: Mapping[str, Any]

    @classmethod
    def read(cls, name: str) -> "Contract":
        return cls(_document(name))

    def knows(self, method: str, path: str) -> bool:
        return self._operation(method, path) is not None

    def request_breaches(self, request: Request) -> list[str]:
        """What is wrong with a request; nothing when the vendor would take it."""
        operation = self._operation(request.method, request.path)
        if operation is None:
            return [f"there is no {request.method} {request.path}"]
        return [*self._parameters(operation, request), *self._body(operation, request)][:MOST_TOLD]

    def answer_breaches(self, request: Request, *, status: int, content_type: str, body: bytes) -> list[str]:
        """What is wrong with an answer to this request."""
        operation = self._operation(request.method, request.path)
        responses = operation.said.get("responses", {}) if operation else {}
        response = self._resolved(responses.get(str(status), responses.get("default")))
        if response is None:
            return [f"{status} is no status of {request.path}"]
        content = response.get("content")
        if not content:
            return ["a body where there is none"] if body else []
        media_type = content_type.partition(";")[0]
        if media_type not in content:
            return [f"{media_type} is no media type of {status}"]
        said = json.loads(body) if media_type.endswith("json") else body.decode()
        return list(self._breaches(content[media_type].get("schema", {}), said, f"{status}"))

    def _operation(self, method: str, path: str) -> "_Operation | None":
        for template, item in self.document["paths"].items():
            found = re.fullmatch(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template)), path)
            said = item.get(method.lower())
            if found and said is not None:
                parameters = [
                    self._resolved(one) or {} for one in (*item.get("parameters", ()), *said.get("parameters", ()))
                ]
                return _Operation(said, parameters, found.groupdict())
        return None

    def _parameters(self, operation: "_Operation", request: Request) -> Iterator[str]:
        sent: dict[str, Mapping[str, str]] = {
            "path": operation.in_path,
            "query": request.query,
            "header": request.headers,
        }
        for parameter in operation.parameters:
            where, name = parameter["in"], parameter["name"]
            value = sent[where].get(name.lower() if where == "header" else name)
            if value is None and parameter.get("required"):
                yield f"{where} {name} is missing"
            elif value is not None:
                yield from self._breaches(parameter["schema"], _typed(value, parameter["schema"]), f"{where} {name}")
        for name in set(request.query) - {one["name"] for one in operation.parameters if one["in"] == "query"}:
            yield f"query {name} is unknown"

    def _body(self, operation: "_Operation", request: Request) -> Iterator[str]:
        content = (self._resolved(operation.said.get("requestBody")) or {}).get("content")
        if content is None:
            if request.body:
                yield "it takes no body"
        elif request.content_type not in content:
            yield f"the media type must be {' or '.join(content)}"
        else:
            is_form = request.content_type.endswith("urlencoded")
            said = request.form() if is_form else request.json()
            yield from self._breaches(content[request.content_type]["schema"], said, "body")

    def _breaches(self, schema: Mapping[str, Any], said: object, where: str) -> Iterator[str]:
        whole = {**schema, "components": self.document.get("components", {})}
        for error in Draft202012Validator(whole).iter_errors(said):
            yield f"{where} {'/'.join(map(str, error.path))}: {error.message[:200]}"

    def _resolved(self, part: Any) -> Mapping[str, Any] | None:
        if not isinstance(part, Mapping) or "$ref" not in part:
            return part
        found: Any = self.document
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        return found


@dataclass(frozen=True)
class _Operation:
    """One method of one path, with the values that a request's path holds."""

    said: Mapping[str, Any]
    parameters: list[Mapping[str, Any]]
    in_path: Mapping[str, str]


def _typed(value: str, schema: Mapping[str, Any]) -> object:
    """A parameter's text as the value it stands for."""
    if schema.get("type") == "boolean":
        return {"true": True, "false": False}.get(value, value)
    return int(value) if schema.get("type") == "integer" and value.isdecimal() else value


@cache
def _document(name: str) -> Mapping[str, Any]:
    text = (FOLDER / f"{name}.openapi.yaml").read_text(encoding="utf-8")
    document: Mapping[str, Any] = _with_nulls(yaml.safe_load(text))
    return document


def _with_nulls(part: Any) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON Schema says null."""
    if isinstance(part, list):
        return [_with_nulls(one) for one in part]
    if not isinstance(part, dict):
        return part
    changed = {name: _with_nulls(value) for name, value in part.items() if name != "nullable"}
    if part.get("nullable") is not True:
        return changed
    return {"anyOf": [{"type": "null"}, changed]}
