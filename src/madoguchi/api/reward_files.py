"""A provider's files of payments by program: sent as they are, listed, taken back. Signed."""

from __future__ import annotations

from mmap import ACCESS_READ, mmap
from pathlib import Path
from time import time
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from madoguchi.api.edges import id_in, json_answer, json_of, provider_of, signed
from madoguchi.core.errors import Refusal
from madoguchi.core.ids import new_id
from madoguchi.gateways.signing import SignatureError, verify
from madoguchi.people.access import Actor, provider_actor
from madoguchi.registry.queries import inbound_secrets
from madoguchi.rewards.lake import lake, receive_payments_file, withdraw_payments_file
from madoguchi.rewards.models import PaymentsFile
from madoguchi.rewards.provider_desk import files_of

# A body is read by one of few workers, and whole before its signature is known to be right.
LARGEST_BYTES = 256 << 20
CHUNK_BYTES = 1 << 20
NAME_HEADER = "Madoguchi-File-Name"
PAGE = 200
MOST = 1_000
router = Router(tags=["provider: reward campaigns"])
SENDING: dict[str, Any] = {
    "parameters": [
        {
            "name": "name",
            "in": "query",
            "schema": {"type": "string", "maxLength": 120},
            "description": f"The file's name, which ends in .csv or .parquet; or the header {NAME_HEADER}.",
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary", "maxLength": LARGEST_BYTES}}
            for kind in ("text/csv", "application/vnd.apache.parquet")
        },
    },
    "responses": {
        200: {"description": "These bytes are here already."},
        201: {"description": "The file is kept; `problems` counts the rows that no run can take, by reason."},
        401: {"description": "The signature is missing, late or wrong."},
        413: {"description": "The file is larger than 256 MiB."},
        422: {"description": "The file cannot be taken; `error` says why."},
    },
}


def signed_file(request: HttpRequest) -> Actor:
    """The provider whose key signed the body, which is read to `request.sent_file` instead of into memory.

    Raises Refusal with a signature code, `file_too_large`.
    """
    key_id = request.headers.get("Madoguchi-Key", "")
    found = inbound_secrets(key_id) if key_id else {}
    if not found:
        # Nobody's body is read.
        return _signer(request, found, b"")
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BYTES:
        raise Refusal("file_too_large", limit_bytes=LARGEST_BYTES)
    sent = _read(request)
    try:
        with sent.open("rb") as opened:
            if not sent.stat().st_size:
                actor = _signer(request, found, b"")
            else:
                with mmap(opened.fileno(), 0, access=ACCESS_READ) as body:
                    actor = _signer(request, found, body)
    except Refusal:
        sent.unlink()
        raise
    request.sent_file = sent  # type: ignore[attr-defined]
    return actor


@router.post("", auth=signed_file, summary="Send a file of payments and refunds", openapi_extra=SENDING)
def post_payments_file(request: HttpRequest) -> HttpResponse:
    """The body is the file: CSV in UTF-8 or Parquet, up to 256 MiB. The same bytes again are the first file."""
    sent: Path = request.sent_file  # type: ignore[attr-defined]
    try:
        actor, provider = provider_of(request)
        name = request.GET.get("name") or request.headers.get(NAME_HEADER, "")
        if not name.strip():
            raise Refusal("field_missing", field="name")
        received = receive_payments_file(actor=actor, provider=provider, name=name, file=sent)
    finally:
        sent.unlink()
    answer = {**_row(received.file), "problems": received.problems}
    return json_answer(answer, 201 if received.is_new else 200)


@router.get("", auth=signed, summary="The files that you sent")
def get_payments_files(request: HttpRequest, cursor: str = "", limit: int = PAGE) -> HttpResponse:
    """Your files of payments, the latest first; also those that were taken back."""
    actor, provider = provider_of(request)
    rows = files_of(actor, provider)
    if cursor:
        rows = rows.filter(id__lt=id_in(cursor, "cursor_wrong"))
    size = min(max(limit, 1), MOST)
    found = list(rows[: size + 1])
    shown = found[:size]
    next_cursor = str(shown[-1].id) if shown else cursor
    files = [_row(file) for file in shown]
    return json_answer({"files": files, "next_cursor": next_cursor, "has_more": len(found) > size})


@router.post("/{file_id}/withdraw", auth=signed, summary="Take a file back")
def post_withdraw(request: HttpRequest, file_id: str) -> HttpResponse:
    """`{"reason": …}`. Runs from now on go without the file; what it earned is clawed back. It cannot be undone."""
    actor, provider = provider_of(request)
    wanted = id_in(file_id, "payments_file_unknown")
    told = json_of(request)
    if not isinstance(told, dict):
        raise Refusal("object_wanted")
    if unknown := next((name for name in told if name != "reason"), None):
        raise Refusal("field_unknown", field=unknown)
    reason = told.get("reason", "")
    if not isinstance(reason, str):
        raise Refusal("field_wrong", field="reason")
    return json_answer(_row(withdraw_payments_file(actor=actor, provider=provider, file_id=wanted, reason=reason)))


def _signer(request: HttpRequest, found: dict[str, tuple[str, str]], body: bytes | mmap) -> Actor:
    secrets = {key: secret for key, (secret, _) in found.items()}
    try:
        key_id = verify(secrets=secrets, headers=request.headers, body=body, now=int(time()))
    except SignatureError as wrong:
        raise Refusal(wrong.code) from wrong
    return provider_actor(found[key_id][1])


def _read(request: HttpRequest) -> Path:
    folder = lake() / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    sent = folder / f"{new_id()}.sent"
    try:
        with sent.open("xb") as opened:
            while chunk := request.read(CHUNK_BYTES):
                opened.write(chunk)
    except BaseException:
        # A sender that hung up leaves nothing behind.
        sent.unlink(missing_ok=True)
        raise
    return sent


def _row(file: PaymentsFile) -> dict[str, Any]:
    return {
        "id": str(file.id),
        "name": file.name,
        "sha256": file.sha256,
        "rows": file.rows,
        "payments": file.payments,
        "refunds": file.refunds,
        "payments_yen": file.payments_yen,
        "first_on": file.first_on.isoformat() if file.first_on else None,
        "last_on": file.last_on.isoformat() if file.last_on else None,
        "received_at": file.received_at.isoformat(),
        "withdrawn_at": file.withdrawn_at.isoformat() if file.withdrawn_at else None,
        "withdrawn_reason": file.withdrawn_reason,
    }
