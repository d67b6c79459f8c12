"""The OpenAPI document, drawn from the very Structs that requests are read into and answers are made of."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import MEDIA_TYPE, Problem

REFERENCE: Final = "#/components/schemas/{name}"
_shapes: dict[str, type[msgspec.Struct]] = {}


def _reference(shape: type[msgspec.Struct]) -> dict[str, str]:
    _shapes[shape.__name__] = shape
    return {"$ref": REFERENCE.format(name=shape.__name__)}


def describe(
    answer: type[msgspec.Struct],
    *more_answers: type[msgspec.Struct],
    body: type[msgspec.Struct] | tuple[type[msgspec.Struct], ...] = (),
    query: type[msgspec.Struct] | None = None,
    headers: Iterable[dict[str, Any]] = (),
    statuses: tuple[int, ...] = (200,),
    problems: tuple[int, ...] = (422,),
    token: bool = False,
) -> dict[str, Any]:
    """What a route reads and answers, for its `openapi_extra`."""
    shapes = [_reference(shape) for shape in (answer, *more_answers)]
    schema = shapes[0] if len(shapes) == 1 else {"anyOf": shapes}
    responses = {
        str(status): {"description": "OK", "content": {"application/json": {"schema": schema}}} for status in statuses
    }
    refused = {"description": "Problem", "content": {MEDIA_TYPE: {"schema": _reference(Problem)}}}
    responses |= {str(status): refused for status in problems}
    extra: dict[str, Any] = {"responses": responses}
    bodies = [_reference(shape) for shape in (body if isinstance(body, tuple) else (body,))]
    if bodies:
        wanted = bodies[0] if len(bodies) == 1 else {"anyOf": bodies}
        extra["requestBody"] = {"required": True, "content": {"application/json": {"schema": wanted}}}
    parameters = [*(_query_parameters(query) if query else ()), *headers]
    if parameters:
        extra["parameters"] = parameters
    if token:
        extra["security"] = [{"token": []}]
    return extra


def _query_parameters(query: type[msgspec.Struct]) -> list[dict[str, Any]]:
    properties = msgspec.json.schema(query)["$defs"][query.__name__]["properties"]
    return [{"name": name, "in": "query", "required": False, "schema": shape} for name, shape in properties.items()]


def install(app: FastAPI) -> None:
    """Let the app answer `/openapi.json` with all shapes that its routes describe."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            drawn = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            _, components = msgspec.json.schema_components(list(_shapes.values()), ref_template=REFERENCE)
            _drop_framework_errors(drawn)
            drawn.setdefault("components", {})["schemas"] = components
            drawn["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
            app.openapi_schema = drawn
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


def _drop_framework_errors(drawn: dict[str, Any]) -> None:
    """FastAPI adds its own 422 to every route with a path parameter; ours are problem documents."""
    for operations in drawn["paths"].values():
        for operation in operations.values():
            responses = operation["responses"]
            for status, response in list(responses.items()):
                content = response.get("content", {})
                if "HTTPValidationError" in str(content.get("application/json", "")):
                    del content["application/json"]
                    if not content:
                        del responses[status]
