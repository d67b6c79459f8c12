"""The campaign that a template's case makes."""

from engine.campaigns.campaign import make_campaign
from engine.campaigns.template import Template
from engine.cases.cases import Case
from engine.ruleset import PromotionSet
from engine.text.document import Schemas


def campaign_from(template: Template, case: Case, schemas: Schemas) -> PromotionSet:
    """The campaign that a case's answers make of a template. Raises `InvalidInput` for answers that do not fit."""
    campaign = make_campaign(
        template,
        case.answers or {},
        name=template.name,
        version=1,
        owner="case",
        effective_from=case.first_day,
        effective_until=case.effective_until,
        schemas=schemas,
    )
    return campaign.rule_set
