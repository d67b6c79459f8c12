"""The campaign that a template's case makes."""

from datetime import timedelta

from engine.calendar import SHANGHAI
from engine.campaign import make_campaign
from engine.cases import Case
from engine.document import Schemas
from engine.nodes import Document
from engine.ruleset import PromotionSet
from engine.template import Template, read_template


def campaign_of_case(document: Document, case: Case, schemas: Schemas) -> PromotionSet:
    """The campaign that a case's answers make of a template. Raises `InvalidInput` for answers that do not fit.

    Unless the case says otherwise the campaign starts the day before its order and has no end.
    """
    return campaign_from(read_template(document, schemas), case, schemas)


def campaign_from(template: Template, case: Case, schemas: Schemas) -> PromotionSet:
    """The same from a template that is already read."""
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
