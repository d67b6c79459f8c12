"""Campaigns: a template and a merchant's answers, previewed on example baskets and published as a rule set."""

from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from api.answers import CampaignPreview, PublishedCampaign, TemplateForm, TemplateList, TemplateName
from api.preview import preview_of
from api.problems import FieldProblem, ProblemRaised, from_diagnostics, invalid, problem
from api.schemas import CampaignDraft, CampaignPreviewDraft
from api.service import Service
from engine.calendar import SHANGHAI
from engine.campaigns.answers import FORM_FILE, form_schema
from engine.campaigns.campaign import Campaign, make_campaign
from engine.campaigns.template import Template
from engine.errors import Diagnostic, InvalidInput
from engine.lint.lint import lint
from storage.catalog import goods_by_sku
from storage.database import read, write
from storage.rule_files import own_schemas
from storage.rule_sets import is_published, newest_version, publish


def template_list(service: Service) -> TemplateList:
    """All templates a merchant can pick."""
    return TemplateList(
        templates=tuple(
            TemplateName(name=one.name, version=one.version, title=one.title, title_en=one.title_en)
            for one in service.templates.values()
        )
    )


def template_form(service: Service, name: str) -> TemplateForm:
    """The form of a template. Raises the problem 404."""
    found = service.templates.get(name)
    if found is None:
        raise problem("not_found", f"没有模板 {name}", f"There is no template {name}")
    return TemplateForm(
        name=found.name, version=found.version, title=found.title, title_en=found.title_en, form=form_schema(found)
    )


def preview(service: Service, connection: Connection, draft: CampaignPreviewDraft) -> CampaignPreview:
    """What the campaign would do to prices; nothing is published. Raises the problem 422 for wrong answers."""
    campaign = _campaign(service, draft, _name(service, draft), 1)
    goods = goods_by_sku(connection, draft.goods)
    unknown = [
        FieldProblem(f"/goods/{i}", "unknown_goods", f"没有规格为 {sku} 的商品", f"There are no goods {sku}")
        for i, sku in enumerate(draft.goods)
        if sku not in goods
    ]
    if unknown:
        raise invalid(unknown)
    return preview_of(connection, service.book, campaign.rule_set, tuple(goods[sku] for sku in draft.goods))


def publish_campaign(service: Service, draft: CampaignDraft) -> PublishedCampaign:
    """Publish the campaign. The same draft again changes nothing; other answers under its name are its next version."""
    name = _name(service, draft)
    with read(service.database) as connection:
        campaign = _next_version(service, connection, draft, name)
        service.book.prepare(connection, service.now(), campaign.rule_set)  # beforehand: no quote waits for it then
    with write(service.database) as connection:
        campaign = _next_version(service, connection, draft, name)
        header = campaign.rule_set.header
        publish(connection, campaign.text, header.file, own_schemas(), service.now())
    return PublishedCampaign(
        name=header.name,
        version=header.version,
        title=header.title,
        content_hash=header.content_hash,
        effective_from=header.effective_from,
        effective_until=header.effective_until,
        text=campaign.text,
    )


def _next_version(service: Service, connection: Connection, draft: CampaignDraft, name: str) -> Campaign:
    """The campaign under its newest version, or under the next one if other answers are published under that."""
    newest = newest_version(connection, name)
    campaign = _campaign(service, draft, name, max(newest, 1))
    if newest and not is_published(connection, campaign.rule_set.header.content_hash):
        campaign = _campaign(service, draft, name, newest + 1)
    return campaign


def _name(service: Service, draft: CampaignDraft) -> str:
    return draft.name or f"{draft.template}-{_first_day(service, draft):%Y%m%d}"


def _first_day(service: Service, draft: CampaignDraft) -> date:
    return draft.effective_from or service.now().astimezone(SHANGHAI).date()


def _campaign(service: Service, draft: CampaignDraft, name: str, version: int) -> Campaign:
    """The campaign of a draft, linted. Raises the problem 422 with every wrong answer."""
    template = service.templates.get(draft.template)
    if template is None:
        names = ", ".join(service.templates)
        detail, detail_en = f"没有这个模板, 可选: {names}", f"There is no such template; there are: {names}"
        raise invalid([FieldProblem("/template", "unknown_template", detail, detail_en)])
    try:
        campaign = make_campaign(
            template,
            draft.answers,
            name=name,
            version=version,
            owner=draft.owner,
            effective_from=_start(service, draft),
            effective_until=draft.effective_until,
            schemas=own_schemas(),
        )
    except InvalidInput as refused:
        raise _refusal(template, refused.diagnostics) from refused
    errors = [one for one in lint([campaign.rule_set]) if one.severity == "error"]
    if errors:
        raise _refusal(template, errors)
    return campaign


def _start(service: Service, draft: CampaignDraft) -> date | datetime:
    """Midnight of the first day; if that is today, the next full minute: a campaign cannot start in the past."""
    first, now = _first_day(service, draft), service.now().astimezone(SHANGHAI)
    if first < now.date():
        detail, detail_en = "第一天不能早于今天", "The first day must not lie before today"
        raise invalid([FieldProblem("/effective_from", "in_the_past", detail, detail_en)])
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1) if first == now.date() else first


def _refusal(template: Template, diagnostics: list[Diagnostic]) -> ProblemRaised:
    """Findings about answers point to the answer; what they make of the rule set together points to all of them."""
    named = {f"/{question.name}" for question in template.questions}
    return from_diagnostics(diagnostics, lambda one: _pointer(one, named))


def _pointer(found: Diagnostic, named: set[str]) -> str:
    if found.file != FORM_FILE:
        return "/answers"
    return f"/answers{found.path}" if found.path in named or found.code == "A601" else found.path
