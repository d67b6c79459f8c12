"""Answers as JSON."""

import msgspec
from fastapi import Response


def json_answer(value: msgspec.Struct, status: int = 200) -> Response:
    """A Struct as the JSON answer of a request."""
    return encoded_answer(msgspec.json.encode(value), status)


def encoded_answer(content: bytes, status: int = 200) -> Response:
    """JSON that is encoded already as the answer of a request."""
    return Response(content, status_code=status, media_type="application/json")
