"""The scheme's operator: which places wait for a store number, and the numbers it issued. All requests are signed."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from madoguchi.api.edges import id_in, json_answer, provider_of, signed
from madoguchi.api.errors import body_of, error
from madoguchi.core.errors import Refusal
from madoguchi.core.validation import refusal_of
from madoguchi.onboarding.models import ApplicationPlace
from madoguchi.onboarding.registering import IssuedNumber, import_store_ids
from madoguchi.onboarding.store_numbers import places_without_number

MOST_NUMBERS = 1_000
PAGE = 500


class NumberIn(BaseModel):
    """A store number and the place applied for that it was issued to."""

    model_config = ConfigDict(extra="forbid")

    place_id: Annotated[str, Field(min_length=1, max_length=40)]
    store_id: Annotated[str, Field(min_length=1, max_length=40)]


NUMBERS: TypeAdapter[list[NumberIn]] = TypeAdapter(Annotated[list[NumberIn], Field(min_length=1)])
router = Router(auth=signed, tags=["scheme"])
DESCRIPTION = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": NUMBERS.json_schema()}}},
    "responses": {
        200: {"description": "`taken` counts the numbers that are new; `faults` has each that was not taken, and why."},
        403: {"description": "Only the scheme's operator issues store numbers."},
        413: {"description": "More than 1,000 numbers at a time."},
    },
}


@router.post("/store-ids", summary="Bring the store numbers that were issued", openapi_extra=DESCRIPTION)
def post_store_ids(request: HttpRequest) -> HttpResponse:
    """Each number for itself: the good ones are taken, the others come back with their position and reason."""
    actor, _ = provider_of(request)
    try:
        rows = NUMBERS.validate_json(body_of(request))
    except ValidationError as wrong:
        raise refusal_of(wrong) from wrong
    if len(rows) > MOST_NUMBERS:
        raise Refusal("batch_too_large")
    numbers = [IssuedNumber(position, row.place_id, row.store_id) for position, row in enumerate(rows)]
    taken, faults = import_store_ids(actor=actor, numbers=numbers)
    told = [{**error(fault.code, position=fault.row), "value": fault.value} for fault in faults]
    return json_answer({"taken": taken, "faults": told})


@router.get("/places", summary="Places that wait for a store number")
def get_places_waiting(request: HttpRequest, cursor: str = "") -> HttpResponse:
    """Accepted places without a number, 500 at a time, in the order of their ids."""
    actor, _ = provider_of(request)
    waiting = places_without_number(actor).order_by("id")
    rows = list((waiting.filter(id__gt=id_in(cursor, "cursor_wrong")) if cursor else waiting)[: PAGE + 1])
    shown = rows[:PAGE]
    places = [_waiting(place) for place in shown]
    last = str(shown[-1].id) if shown else cursor
    return json_answer({"places": places, "next_cursor": last, "has_more": len(rows) > PAGE})


def _waiting(place: ApplicationPlace) -> dict[str, Any]:
    return {
        "place_id": str(place.id),
        "name": place.name,
        "name_en": place.name_en,
        "municipality_code": place.municipality_id,
        "postal_code": place.postal_code,
        "address": place.address,
        "organisation": place.application.name,
        "corporate_number": place.application.corporate_number,
    }
