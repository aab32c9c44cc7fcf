"""Eligibility for programs: facts in, the decision with its reasons out; and the rules. Open to all, keeps nothing."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from madoguchi.api.errors import body_of
from madoguchi.core.errors import Refusal
from madoguchi.onboarding.eligibility import check, read_facts
from madoguchi.onboarding.rulebook import rule_sets_known_at, rule_sets_now
from madoguchi.onboarding.rules import Facts, RuleSet
from madoguchi.onboarding.words import Language

router = Router(tags=["eligibility"])
INSTANT: TypeAdapter[AwareDatetime] = TypeAdapter(AwareDatetime)
DESCRIPTION = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": Facts.model_json_schema()}}},
    "responses": {
        200: {"description": "`outcome`, `rate_bps`, the subsidies, the `rules` that decided, and `explanation`."},
        400: {"description": "The body is not JSON."},
        422: {"description": "`error` names the field that is missing, unknown or wrong."},
    },
}
RULES_DESCRIPTION = {
    "responses": {
        200: {
            "description": "`rule_sets`: each with its source, its first and last day, and its figures.",
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["rule_sets"],
                        "properties": {"rule_sets": {"type": "array", "items": RuleSet.model_json_schema()}},
                    }
                }
            },
        },
        422: {"description": "`as_known_at` is no instant with its offset from UTC."},
    },
}


@router.post("", summary="May this business take part?", openapi_extra=DESCRIPTION)
def post_eligibility(request: HttpRequest, language: str = "ja") -> HttpResponse:
    """Who is eligible, at which rate, and why, by the rules of `as_of`; `?language=en` for English."""
    facts = read_facts(body_of(request))
    spoken: Language = "en" if language == "en" else "ja"
    return _json(check(facts, spoken, rule_sets_now()))


@router.get("/rules", summary="The rules that decide", openapi_extra=RULES_DESCRIPTION)
def get_eligibility_rules(request: HttpRequest, as_known_at: str = "") -> HttpResponse:
    """Every rule set in its latest version; `?as_known_at=2026-04-01T00:00:00Z` for those known at that instant.

    The answer, kept as a file, is what `madoguchi eligibility check --rules` takes.
    """
    rule_sets = rule_sets_known_at(_instant(as_known_at)) if as_known_at else rule_sets_now()
    return _json({"rule_sets": [one.model_dump(mode="json") for one in rule_sets]})


def _instant(text: str) -> AwareDatetime:
    try:
        # In an address a plus sign that is not escaped comes in as a space.
        return INSTANT.validate_strings(text.strip().replace(" ", "+"))
    except ValidationError as error:
        raise Refusal("field_wrong", field="as_known_at") from error


def _json(data: dict[str, Any]) -> HttpResponse:
    return HttpResponse(json.dumps(data, ensure_ascii=False), content_type="application/json")
