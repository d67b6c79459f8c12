"""`fenrun describe`: what rule sets and templates say, in sentences."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from api.commands.options import RULES, AsJson, need_path
from api.output import console, print_json, refuse
from engine.builder.build import build
from engine.campaigns.template import read_template
from engine.describe.describe import describe_rule_set
from engine.describe.template import describe_template
from engine.describe.values import Names, Words
from engine.errors import Diagnostic, InvalidInput
from engine.text.document import parse
from storage.names import PUBLIC_REGIONS, names_in
from storage.rule_files import own_schemas, read_text, rule_set_files


class Language(StrEnum):
    """In which language sentences are printed."""

    zh = "zh"
    en = "en"
    both = "both"


Paths = Annotated[
    list[Path] | None,
    typer.Argument(help="规则集、模板或文件夹，默认 rules / rule sets, templates or folders, `rules` unless given"),
]
NamesFolder = Annotated[
    Path | None,
    typer.Option(
        "--names",
        help="名称所在的文件夹或文件（categories.json、products.json 等）/ where names of codes are found",
    ),
]


def describe(
    paths: Paths = None,
    lang: Annotated[Language, typer.Option("--lang", help="语言 / language")] = Language.both,
    names: NamesFolder = None,
    as_json: AsJson = False,
) -> None:
    """念出规则 / Tell in sentences what rule sets and campaign templates do, from their meaning and not their text."""
    known = _names(names)
    told: list[dict[str, Any]] = []
    refused: list[Diagnostic] = []
    for path in paths or [RULES]:
        for file in rule_set_files(need_path(path)):
            try:
                told.append(_told(file, known))
            except InvalidInput as invalid:
                refused += invalid.diagnostics
    if refused:
        refuse(InvalidInput(refused), as_json=as_json)
    if as_json:
        print_json(told)
        return
    for at, one in enumerate(told):
        if at:
            console.print()
        for zh, en in zip(one["zh"], one["en"], strict=True):
            if lang != Language.en:
                console.print(zh, markup=False)
            if lang != Language.zh:
                console.print(f"  {en}" if lang == Language.both else en, markup=False)


def _told(file: Path, names: Names) -> dict[str, Any]:
    """A file in sentences. Raises `InvalidInput` when it is no sound rule set or template."""
    document = parse(read_text(file), file.as_posix())
    said: tuple[Words, ...]
    if document.kind == "template":
        template = read_template(document, own_schemas())
        label, said = template.label, describe_template(template, own_schemas(), names)
    else:
        rule_set = build(document, own_schemas())
        label, said = rule_set.header.label, describe_rule_set(rule_set, names)
    name, _, version = label.partition("@")
    return {
        "file": file.as_posix(),
        "kind": document.kind,
        "name": name,
        "version": int(version),
        "zh": [one.zh for one in said],
        "en": [one.en for one in said],
    }


def _names(path: Path | None) -> Names:
    """Public regions always; what else has a name, the operator says where."""
    known = dict(names_in(PUBLIC_REGIONS))
    if path is not None:
        try:
            known.update(names_in(need_path(path)))
        except (msgspec.DecodeError, OSError) as unreadable:
            raise typer.BadParameter(f"{path}: {unreadable}", param_hint="--names") from unreadable
    return known
