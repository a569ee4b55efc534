"""A vendor's contract as OpenAPI, and whether a request keeps to it."""

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

CONTRACTS = Path(__file__).parent / "contracts"


@dataclass(frozen=True)
class Operation:
    method: str
    path: re.Pattern[str]
    said: Mapping[str, Any]


class Contract:
    def __init__(self, name: str) -> None:
        document = yaml.safe_load((CONTRACTS / f"{name}.openapi.yaml").read_text(encoding="utf-8"))
        self._operations = list(_operations(_inlined(document, document)["paths"]))

    def breaches(self, request: Request) -> list[str]:
        """What the vendor would not know how to take; empty when all is well."""
        for operation in self._operations:
            found = operation.path.fullmatch(request.path) if operation.method == request.method else None
            if found:
                return [*_parameters(operation, found.groupdict(), request), *_body(operation, request)]
        return [f"no operation {request.method} {request.path}"]


@cache
def contract(name: str) -> Contract:
    return Contract(name)


def _operations(paths: Mapping[str, Any]) -> Iterator[Operation]:
    for path, item in paths.items():
        pattern = re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))
        shared = item.get("parameters", [])
        for method in ("get", "post", "patch", "put", "delete"):
            if method in item:
                said = {**item[method], "parameters": [*shared, *item[method].get("parameters", [])]}
                yield Operation(method.upper(), pattern, said)


def _parameters(operation: Operation, in_path: Mapping[str, str], request: Request) -> Iterator[str]:
    places = {"path": in_path, "query": request.query, "header": request.headers}
    known = {one["name"] for one in operation.said["parameters"] if one["in"] == "query"}
    yield from (f"unknown query parameter {name}" for name in request.query if name not in known)
    for one in operation.said["parameters"]:
        name = one["name"].lower() if one["in"] == "header" else one["name"]
        value = places[one["in"]].get(name)
        if value is None:
            if one.get("required"):
                yield f"{one['in']} parameter {one['name']} is missing"
            continue
        yield from _faults(_typed(value, one["schema"]), one["schema"], one["name"])


def _body(operation: Operation, request: Request) -> Iterator[str]:
    asked = operation.said.get("requestBody")
    if asked is None:
        if request.body:
            yield "a body where none belongs"
        return
    content = asked["content"].get(request.content_type)
    if content is None:
        yield f"content type {request.content_type or 'missing'}"
        return
    yield from _faults(_parsed(request), content["schema"], "body")


def _parsed(request: Request) -> Any:
    if request.content_type == "application/x-www-form-urlencoded":
        return request.form()
    try:
        return json.loads(request.body)
    except ValueError:
        return None


def _faults(value: Any, schema: Mapping[str, Any], where: str) -> Iterator[str]:
    for error in Draft202012Validator(schema).iter_errors(value):
        yield f"{where} {'/'.join(map(str, error.path))}: {error.message}"[:200]


def _typed(value: str, schema: Mapping[str, Any]) -> Any:
    if schema.get("type") == "boolean":
        return {"true": True, "false": False}.get(value, value)
    if schema.get("type") == "integer":
        return int(value) if value.isdecimal() else value
    return value


def _inlined(part: Any, document: Mapping[str, Any]) -> Any:
    """Every $ref replaced by what it names; our contracts have none that name themselves."""
    if isinstance(part, list):
        return [_inlined(one, document) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        target: Any = document
        for key in str(part["$ref"]).removeprefix("#/").split("/"):
            target = target[key]
        return _inlined(target, document)
    return {key: _inlined(value, document) for key, value in part.items()}
