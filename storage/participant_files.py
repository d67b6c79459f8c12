"""Files of participants: read beside rule sets, so that commands work without a database."""

from collections.abc import Iterator
from pathlib import Path

from engine.build_participants import build_participants
from engine.document import Schemas, parse
from engine.participants import Participants
from storage.rule_files import read_text, rule_set_files

KIND = "participants"


def read_participants(path: Path, schemas: Schemas) -> Participants:
    """The participants of a file. Raises `InvalidInput` with all that is wrong with it."""
    return build_participants(parse(read_text(path), path.as_posix()), schemas)


def participant_files(folder: Path) -> Iterator[Path]:
    """The files at or below a path whose first level says `kind: participants`."""
    for path in rule_set_files(folder):
        text = path.read_bytes()
        if any(line.split(b"#")[0].split() == [b"kind:", KIND.encode()] for line in text.splitlines()):
            yield path
