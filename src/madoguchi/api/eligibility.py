"""Eligibility for programs: a business's facts in, the decision with its reasons out. Open to all, keeps nothing."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from ninja import Router

from madoguchi.api.errors import body_of
from madoguchi.onboarding.eligibility import check, read_facts
from madoguchi.onboarding.rules import Facts
from madoguchi.onboarding.words import Language

router = Router(tags=["eligibility"])
DESCRIPTION = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": Facts.model_json_schema()}}},
    "responses": {
        200: {"description": "`outcome`, `rate_bps`, the subsidies, the `rules` that decided, and `explanation`."},
        400: {"description": "The body is not JSON."},
        422: {"description": "`error` names the field that is missing, unknown or wrong."},
    },
}


@router.post("", summary="May this business take part?", openapi_extra=DESCRIPTION)
def post_eligibility(request: HttpRequest, language: str = "ja") -> HttpResponse:
    """Who is eligible, at which rate, and why, by the rules of `as_of`; `?language=en` for English."""
    facts = read_facts(body_of(request))
    spoken: Language = "en" if language == "en" else "ja"
    text = json.dumps(check(facts, spoken), ensure_ascii=False)
    return HttpResponse(text, content_type="application/json")
