"""Campaign templates, previews of what a merchant's answers do, and publishing."""

from fastapi import APIRouter, Request, Response

from api.access import require_token
from api.answers import CampaignPreview, PublishedCampaign, TemplateForm, TemplateList
from api.bodies import read_body
from api.campaigns import preview, publish_campaign, template_form, template_list
from api.openapi import describe
from api.routers.respond import json_answer
from api.schemas import CampaignDraft, CampaignPreviewDraft
from api.service import service_of

router = APIRouter(prefix="/v1", tags=["campaigns"])


@router.get("/campaign-templates", openapi_extra=describe(TemplateList, problems=()))
async def list_templates(request: Request) -> Response:
    """The templates a merchant can pick."""
    return json_answer(template_list(service_of(request)))


@router.get("/campaign-templates/{name}", openapi_extra=describe(TemplateForm, problems=(404,)))
async def read_template(request: Request, name: str) -> Response:
    """The questions of a template as a JSON Schema, from which a form can be drawn."""
    return json_answer(template_form(service_of(request), name))


@router.post(
    "/campaigns/preview", openapi_extra=describe(CampaignPreview, body=CampaignPreviewDraft, problems=(413, 415, 422))
)
async def preview_campaign(request: Request) -> Response:
    """What a campaign would do, on three example baskets before and with it. Nothing is published."""
    service, draft = service_of(request), await read_body(request, CampaignPreviewDraft)
    return json_answer(await service.long_reading(lambda connection: preview(service, connection, draft)))


@router.post(
    "/campaigns",
    openapi_extra=describe(
        PublishedCampaign,
        body=CampaignDraft,
        statuses=(201,),
        problems=(401, 403, 413, 415, 422),
        token=True,
    ),
)
async def publish(request: Request) -> Response:
    """Publish a campaign; it stands from its first day. Needs the merchant's or the operator's token."""
    service = service_of(request)
    require_token(request, service.settings.merchant_token, *service.settings.operator_tokens.values())
    draft = await read_body(request, CampaignDraft)
    return json_answer(await service.writing(lambda: publish_campaign(service, draft)), 201)
