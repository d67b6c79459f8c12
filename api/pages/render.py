"""Jinja2 pages: language, money and stamps."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.pages.texts import LANGUAGES, Language, texts
from api.service import service_of
from engine.money import yuan

COOKIE = "fenrun_language"
CONTENT_SECURITY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"
VARY = "Accept-Language, Cookie"
"""What a page depends on beside its address, for caches."""
_QUALITY: Final = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


class Pages:
    """Renders the templates of one folder."""

    def __init__(self, folder: Path) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["yuan"] = yuan
        self._environment.filters["signed"] = signed
        self._environment.filters["stamp"] = stamp
        self._environment.filters["root"] = category_root

    def answer(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        """A page in the language of the request; a language asked for by `?lang=` is remembered in a cookie."""
        language = language_of(request)
        other: Language = "en" if language == "zh" else "zh"
        page = self._environment.get_template(template).render(
            t=texts(language),
            language=language,
            other_url=str(request.url.include_query_params(lang=other).replace(scheme="", netloc="")),
            path=request.url.path,
            demo=service_of(request).settings.demo,
            said=_said_in(language),
            **values,
        )
        answer = HTMLResponse(
            page, status_code=status, headers={"Content-Security-Policy": CONTENT_SECURITY, "Vary": VARY}
        )
        if "lang" in request.query_params:
            answer.set_cookie(COOKIE, language, max_age=31_536_000, samesite="lax", httponly=True)
        return answer


def language_of(request: Request) -> Language:
    """The language asked for, else the remembered one, else the one the browser likes best, else Chinese."""
    wanted = request.query_params.get("lang") or request.cookies.get(COOKIE)
    asked = next((one for one in LANGUAGES if one == wanted), None)
    return asked or preferred(request.headers.get("accept-language", ""))


def preferred(header: str) -> Language:
    """The best liked of our languages in an `Accept-Language` header (RFC 9110); Chinese where it names neither."""
    found: Language = "zh"
    most = 0
    for part in header.split(","):
        tag, _, weight = part.partition(";")
        quality = _QUALITY.fullmatch(weight.strip())
        liked = 1000 if not weight.strip() else int(quality[1].replace(".", "").ljust(4, "0")) if quality else 0
        for one in LANGUAGES:
            if tag.strip().lower().partition("-")[0] == one and liked > most:
                found, most = one, liked
    return found


def _said_in(language: Language) -> Callable[[str, str], str]:
    def said(zh: str, en: str) -> str:
        """One of a pair of texts; Chinese stands in where there is no English."""
        return en or zh if language == "en" else zh

    return said


def signed(fen: int) -> str:
    """An amount with its sign: `+¥1.20`, `−¥1.20`, `¥0.00`."""
    return f"{'+' if fen > 0 else '−' if fen < 0 else ''}¥{yuan(abs(fen))}"


def stamp(title: str) -> str:
    """One character that stands for some goods, like a seal."""
    return next((character for character in title if character.isalnum()), "·")


def category_root(category: str | None) -> str:
    """The first step of a category path, which colours the seal."""
    return (category or "other").partition("/")[0]
