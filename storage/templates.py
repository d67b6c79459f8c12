"""Campaign templates as files: the newest version of each that ships with the service."""

from pathlib import Path

from engine.campaigns.template import Template, read_template
from engine.text.document import Schemas, parse
from storage.rule_files import read_text, rule_set_files


def read_templates(folder: Path, schemas: Schemas) -> dict[str, Template]:
    """The newest version of every template below a folder, by name. Raises `InvalidInput` for one that is wrong."""
    newest: dict[str, Template] = {}
    for path in rule_set_files(folder):
        template = read_template(parse(read_text(path), path.as_posix()), schemas)
        known = newest.get(template.name)
        if known is None or known.version < template.version:
            newest[template.name] = template
    return dict(sorted(newest.items()))
