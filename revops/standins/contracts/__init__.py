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
        found = [*self._parameters(operation, request), *self._body(operation, request)]
        return found[:MOST_TOLD]

    def answer_breaches(self, request: Request, *, status: int, content_type: str, body: bytes) -> list[str]:
        """What is wrong with an answer to this request."""
        operation = self._operation(request.method, request.path) or {}
        response = self._resolved(operation.get("responses", {}).get(str(status)))
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

    def _operation(self, method: str, path: str) -> Mapping[str, Any] | None:
        for template, item in self.document["paths"].items():
            if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)), path):
                return item.get(method.lower())
        return None

    def _parameters(self, operation: Mapping[str, Any], request: Request) -> Iterator[str]:
        known = [self._resolved(parameter) or {} for parameter in operation.get("parameters", [])]
        sent: dict[str, Mapping[str, str]] = {"query": request.query, "header": request.headers}
        for parameter in (one for one in known if one["in"] in sent):
            name = parameter["name"].lower() if parameter["in"] == "header" else parameter["name"]
            value = sent[parameter["in"]].get(name)
            if value is None and parameter.get("required"):
                yield f"{parameter['in']} {parameter['name']} is missing"
            elif value is not None:
                yield from self._breaches(parameter["schema"], value, f"{parameter['in']} {parameter['name']}")
        for name in set(request.query) - {one["name"] for one in known if one["in"] == "query"}:
            yield f"query {name} is unknown"

    def _body(self, operation: Mapping[str, Any], request: Request) -> Iterator[str]:
        content = operation.get("requestBody", {}).get("content")
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
