"""Files of participants and of their figures: read beside rule sets, so that commands work without a database."""

from collections.abc import Iterator
from pathlib import Path

from engine.builder.figures import FiguresFile, build_figures_file
from engine.builder.participants import build_participants
from engine.errors import Diagnostic, InvalidInput
from engine.people.monitoring import relation_findings
from engine.people.participants import Participants
from engine.text.document import Schemas, parse
from engine.text.nodes import Document
from storage.rule_files import read_text, rule_set_files

_KINDS = (b"participants", b"figures")


def read_participants(path: Path, schemas: Schemas) -> Participants:
    """The participants of a file. Raises `InvalidInput` with all that is wrong with it."""
    return build_participants(_read(path), schemas)


def read_figures(path: Path, schemas: Schemas) -> FiguresFile:
    """The figures of a file. Raises `InvalidInput` with all that is wrong with it."""
    return build_figures_file(_read(path), schemas)


def participant_findings(folder: Path, schemas: Schemas) -> list[Diagnostic]:
    """What is wrong with the participants and figures at or below a path, and how large a network is against the law.

    A file that cannot be parsed is told by whoever reads the rule sets of the folder, and is passed over here.
    """
    found: list[Diagnostic] = []
    for path in _files(folder):
        try:
            document = _read(path)
        except InvalidInput:
            continue
        try:
            if document.kind == "participants":
                found += relation_findings(build_participants(document, schemas))
            elif document.kind == "figures":
                build_figures_file(document, schemas)
        except InvalidInput as invalid:
            found += invalid.diagnostics
    return found


def _read(path: Path) -> Document:
    return parse(read_text(path), path.as_posix())


def _files(folder: Path) -> Iterator[Path]:
    """Files that seem to say `kind: participants` or `kind: figures`; the others need not be parsed twice."""
    for path in rule_set_files(folder):
        text = path.read_bytes()
        if b"kind" in text and any(kind in text for kind in _KINDS):
            yield path
