"""Campaign templates as files, and the campaign that a template's case makes."""

from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from engine.calendar import SHANGHAI
from engine.campaign import make_campaign
from engine.cases import Case
from engine.document import Schemas, parse
from engine.nodes import Document
from engine.ruleset import PromotionSet
from engine.template import Template, read_template
from storage.rule_files import own_schemas, read_text, rule_set_files

TEMPLATES = Path(__file__).parent.parent / "templates" / "campaigns"


@lru_cache(maxsize=8)
def read_templates(folder: Path = TEMPLATES) -> dict[str, Template]:
    """The newest version of every template below a folder, by name. Raises `InvalidInput` when one is wrong."""
    newest: dict[str, Template] = {}
    for path in rule_set_files(folder):
        template = read_template(parse(read_text(path), path.as_posix()), own_schemas())
        held = newest.get(template.name)
        if held is None or template.version > held.version:
            newest[template.name] = template
    return newest


def campaign_of_case(document: Document, case: Case, schemas: Schemas) -> PromotionSet:
    """The campaign that a case's answers make of a template. Raises `InvalidInput` for answers that do not fit.

    Unless the case says otherwise the campaign starts the day before its order and has no end.
    """
    template = read_template(document, schemas)
    day_before = case.event.placed_at.astimezone(SHANGHAI).date() - timedelta(days=1)
    campaign = make_campaign(
        template,
        case.answers or {},
        name=template.name,
        version=1,
        owner="case",
        effective_from=case.effective_from or day_before,
        effective_until=case.effective_until,
        schemas=schemas,
    )
    return campaign.rule_set
