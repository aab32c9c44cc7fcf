"""Whole applications for programs: a shop's own, or those that a provider brings (P-17, P-21). Open to all."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router

from madoguchi.api.edges import json_answer, json_of, signed
from madoguchi.core.errors import Refusal
from madoguchi.onboarding.beginning import resume
from madoguchi.onboarding.documents import add_document
from madoguchi.onboarding.intake import Taken, WholeApplication, take_application
from madoguchi.onboarding.progress import progress_of
from madoguchi.onboarding.scanning import MAX_MIB, MIB
from madoguchi.onboarding.submission import submit_application
from madoguchi.people.access import ANONYMOUS, Actor
from madoguchi.people.origins import origin_of

SIGNATURE = ("Madoguchi-Key", "Madoguchi-Signature", "Madoguchi-Timestamp")
LONGEST_NEED = 60
router = Router(tags=["applications"])
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "maxLength": 80},
    "description": "Yours for this application, best a UUID. Sent again with the same body it gives the first answer.",
}
RESUME_KEY = {
    "name": "Madoguchi-Resume-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string"},
    "description": "`resume_key` of the answer that took the application in.",
}
WRONG = {
    401: {"description": "The number and the resume key do not belong together, or the signature is wrong."},
    409: {"description": "`key_reused`, `town_applied_already`, or the application can no longer be changed."},
    413: {"description": "The body is larger than 2 MiB. Send documents one by one."},
    422: {"description": "`error` names the field that is missing, unknown or wrong. Nothing was stored."},
}


@router.post(
    "",
    summary="Apply for places and services",
    openapi_extra={
        "parameters": [KEY],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": WholeApplication.model_json_schema()}},
        },
        "responses": {
            201: {"description": "Taken in, or had been before (`Idempotency-Hit: true`): `state` says whether sent."},
            **WRONG,
        },
    },
)
def post_application(request: HttpRequest) -> HttpResponse:
    """Everything in one body. Complete, it is sent to the office; else it waits as a draft with what is `missing`."""
    given = json_of(request)
    if not isinstance(given, dict):
        raise Refusal("object_wanted")
    key = request.headers.get("Idempotency-Key", "").strip()
    bringer, origin = _bringer(request), origin_of(request)
    taken = take_application(actor=bringer, key=key, given=given, origin=origin, is_demo=settings.DEMO)
    response = json_answer(_answer(taken), 201)
    if taken.is_repeated:
        response["Idempotency-Hit"] = "true"
    return response


@router.get("/{reference}", summary="How an application stands", openapi_extra={"parameters": [RESUME_KEY]})
def get_application(request: HttpRequest, reference: str) -> HttpResponse:
    """State per place × service, what is missing, and what was written to the applicant."""
    return json_answer(progress_of(_applicant(request, reference)[1]))


@router.post(
    "/{reference}/documents",
    summary="Add a document of proof",
    openapi_extra={
        "parameters": [RESUME_KEY],
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["need", "file"],
                        "properties": {"need": {"type": "string"}, "file": {"type": "string", "format": "binary"}},
                    }
                }
            },
        },
        "responses": {201: {"description": "Kept, or had been before."}, **WRONG},
    },
)
def post_document(request: HttpRequest, reference: str) -> HttpResponse:
    """One file for one need. The same file for the same need again is the first one."""
    actor, application_id = _applicant(request, reference)
    file, need = request.FILES.get("file"), request.POST.get("need", "")
    if file is None or not need:
        raise Refusal("field_missing", field="need" if file else "file")
    if len(need) > LONGEST_NEED or not need.isprintable():
        raise Refusal("field_wrong", field="need")
    # Before it is read into memory.
    if (file.size or 0) > MAX_MIB * MIB:
        raise Refusal("document_too_large", field="file", limit_mib=MAX_MIB)
    document = add_document(
        actor=actor, application_id=application_id, need=need, filename=file.name or "", data=file.read()
    )
    told = {"document_id": str(document.id), "need": document.need, "sha256": document.sha256}
    return json_answer({**told, "size_bytes": document.size_bytes, "media_type": document.media_type}, 201)


@router.post(
    "/{reference}/submit",
    summary="Send a draft to the office",
    openapi_extra={"parameters": [RESUME_KEY], "responses": {200: {"description": "Sent, now or before."}, **WRONG}},
)
def post_submit(request: HttpRequest, reference: str) -> HttpResponse:
    """Send it once nothing is missing; sent already, it stays as it is."""
    actor, application_id = _applicant(request, reference)
    submit_application(actor=actor, application_id=application_id)
    return json_answer(progress_of(application_id))


def _bringer(request: HttpRequest) -> Actor:
    """The provider that signed the request; anybody, if nobody did. A wrong signature is refused, not overlooked."""
    return signed(request) if any(name in request.headers for name in SIGNATURE) else ANONYMOUS


def _applicant(request: HttpRequest, reference: str) -> tuple[Actor, Any]:
    actor = resume(reference=reference, key=request.headers.get("Madoguchi-Resume-Key", ""))
    return actor, actor.grants[0].application_id


def _answer(taken: Taken) -> dict[str, Any]:
    missing = [{name: value for name, value in asdict(one).items() if value is not None} for one in taken.missing]
    return {
        "reference": taken.reference,
        "resume_key": taken.key,
        "state": taken.state,
        "missing": missing,
        "status_url": f"{settings.PUBLIC_URL}/api/v1/applications/{taken.reference}",
        "page_url": f"{settings.PUBLIC_URL}/join/status/{taken.reference}/",
    }
