"""A provider's side of reward campaigns by program: reports in; grants, adjustments and claims out. Signed."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

import pyarrow as pa
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Router
from pyarrow import csv
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from madoguchi.api.edges import json_answer, json_of, provider_of, signed
from madoguchi.api.errors import body_of
from madoguchi.core.errors import Refusal
from madoguchi.core.validation import refusal_of
from madoguchi.rewards.life import LARGEST_YEN, report_cost, report_points
from madoguchi.rewards.models import Campaign, Claim, Run
from madoguchi.rewards.provider_desk import adjustments_in, campaign_with, claims_with, grants_in, run_with
from madoguchi.rewards.rules import Life

router = Router(auth=signed, tags=["provider: reward campaigns"])
Count = Annotated[int, Field(strict=True, ge=0, le=LARGEST_YEN)]
Month = Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
CSV_ANSWER: dict[str, Any] = {
    "responses": {
        200: {
            "description": "CSV in UTF-8 with a head; the header Madoguchi-Run says which run it is of.",
            "content": {"text/csv": {"schema": {"type": "string"}}},
        },
        404: {"description": "None of your services is in such a campaign, or there is no such approved run."},
        409: {"description": "No run has been approved yet."},
    }
}


class PointsReportIn(BaseModel):
    """What became of a service's points of a month, all told, up to and including a day."""

    model_config = ConfigDict(extra="forbid")

    service: Annotated[str, Field(min_length=1, max_length=40)]
    month: Month
    as_of: date
    granted_points: Count
    used_points: Count
    expired_points: Count
    returned_points: Count
    is_estimate: Annotated[bool, Field(strict=True)]


class CostReportIn(BaseModel):
    """A month's merchant fees on takings of `basis_yen`, or what `count` terminals cost."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["fee", "terminal"]
    month: Month
    cost_yen: Count
    basis_yen: Count = 0
    count: Count = 0


Shape = TypeVar("Shape", PointsReportIn, CostReportIn)


def _body(model: type[BaseModel], *, codes: str) -> dict[str, Any]:
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": model.model_json_schema()}}},
        "responses": {
            200: {"description": "The report is kept, or is here already."},
            404: {"description": "None of your services is in such a campaign."},
            422: {"description": f"The report cannot be taken: {codes}."},
        },
    }


POINTS = _body(PointsReportIn, codes="`life_wrong`, `month_outside`, `service_not_in_campaign`")
COSTS = _body(CostReportIn, codes="`fee_above_limit`, `fees_not_supported`, `month_outside`, `terminals_not_supported`")


@router.post("/{code}/points-reports", summary="Report what became of points", openapi_extra=POINTS)
def post_points_report(request: HttpRequest, code: str) -> HttpResponse:
    """All figures count from the first day. An estimate is shown and never claimed on. Sent again it is the first."""
    actor, provider = provider_of(request)
    campaign = campaign_with(actor, provider, code)
    told = _read(request, PointsReportIn)
    life = Life(**told.model_dump(exclude={"service", "month"}))
    row = report_points(actor=actor, campaign_id=campaign.id, service=told.service, month=told.month, life=life)
    answer = {"id": str(row.id), **told.model_dump(mode="json"), "outstanding_points": life.outstanding_points}
    return json_answer({**answer, "reported_at": row.reported_at.isoformat()})


@router.post("/{code}/cost-reports", summary="Report merchant fees or terminals", openapi_extra=COSTS)
def post_cost_report(request: HttpRequest, code: str) -> HttpResponse:
    """The last report of a month counts."""
    actor, provider = provider_of(request)
    campaign = campaign_with(actor, provider, code)
    told = _read(request, CostReportIn)
    row = report_cost(actor=actor, campaign_id=campaign.id, provider=provider, **told.model_dump())
    return json_answer({"id": str(row.id), **told.model_dump(), "reported_at": row.reported_at.isoformat()})


@router.get("/{code}/grants", summary="What each payment of a month was granted", openapi_extra=CSV_ANSWER)
def get_campaign_grants(request: HttpRequest, code: str, month: str = "") -> StreamingHttpResponse:
    """Your payments of `month` (such as 2026-11) by the last approved run."""
    campaign, provider = _campaign(request, code)
    run = run_with(campaign)
    return _csv(run, grants_in(run, provider, month))


@router.get("/{code}/adjustments", summary="What a run changed, payment by payment", openapi_extra=CSV_ANSWER)
def get_campaign_adjustments(request: HttpRequest, code: str, run: str = "") -> StreamingHttpResponse:
    """Your payments whose points differ from the approved run before; `run` is its number, without it the last."""
    campaign, provider = _campaign(request, code)
    found = run_with(campaign, run)
    return _csv(found, adjustments_in(found, provider))


@router.get("/{code}/claims", summary="Your claims")
def get_campaign_claims(request: HttpRequest, code: str) -> HttpResponse:
    """Claims in the order of their numbers; `yen` below 0 is to be paid back. `basis` says how it was reckoned."""
    campaign, provider = _campaign(request, code)
    return json_answer({"claims": [_claim(row) for row in claims_with(campaign, provider)]})


def _campaign(request: HttpRequest, code: str) -> tuple[Campaign, str]:
    actor, provider = provider_of(request)
    return campaign_with(actor, provider, code), provider


def _read(request: HttpRequest, model: type[Shape]) -> Shape:
    if not isinstance(json_of(request), dict):
        raise Refusal("object_wanted")
    try:
        # As JSON, because Python mode would take no dates from text.
        return model.model_validate_json(body_of(request))
    except ValidationError as error:
        raise refusal_of(error) from error


def _csv(run: Run, batches: Iterable[pa.RecordBatch]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(_lines(batches), content_type="text/csv; charset=utf-8")
    response["Madoguchi-Run"] = str(run.number)
    return response


def _lines(batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    has_head = False
    for batch in batches:
        if has_head and not len(batch):
            continue
        out = io.BytesIO()
        csv.write_csv(batch, out, csv.WriteOptions(include_header=not has_head))
        has_head = True
        yield out.getvalue()


def _claim(row: Claim) -> dict[str, Any]:
    return {
        "number": row.number,
        "kind": row.kind,
        "service": row.service or None,
        "month": row.month,
        "yen": row.yen,
        "state": row.state,
        "reason": row.answer if row.state == "refused" else "",
        "decided_at": row.decided_at.isoformat() if row.decided_at else None,
        "paid_on": row.paid_on.isoformat() if row.paid_on else None,
        "basis": row.basis,
    }
