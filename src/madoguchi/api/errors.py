"""The provider API's errors: code, HTTP status, and a sentence that says what to do."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest

from madoguchi.core.errors import Refusal

# code: (status, sentence)
ERRORS: dict[str, tuple[int, str]] = {
    "signature_missing": (401, "Send the Madoguchi-Key, Madoguchi-Timestamp and Madoguchi-Signature headers."),
    "key_unknown": (401, "No live key has this id. Ask the programme's office for a new one."),
    "timestamp_malformed": (401, "Madoguchi-Timestamp must be Unix seconds in decimal digits."),
    "timestamp_outside_window": (401, "The timestamp is more than five minutes off. Check the clock and sign anew."),
    "signature_wrong": (401, "The signature does not fit the body. Sign timestamp + '.' + the raw body."),
    "not_allowed": (403, "This key may not do this."),
    "json_malformed": (400, "The body is not JSON. `position` is the byte at which reading stopped."),
    "body_wrong": (400, "Send one object, or an array of up to 1,000 objects."),
    "body_too_large": (413, "The body is larger than 2 MiB. Send fewer notices at a time."),
    "batch_empty": (400, "The array is empty."),
    "batch_too_large": (413, "The array has more than 1,000 notices. Send fewer at a time."),
    "field_missing": (422, "A required field is missing."),
    "field_unknown": (422, "There is no such field. Check its spelling."),
    "field_wrong": (422, "The field's value has the wrong type, format or range."),
    "amount_out_of_range": (422, "amount_yen must be a whole number from 1 to 10,000,000."),
    "paid_at_future": (422, "The time lies in the future. Check the clock."),
    "reference_reused": (409, "This reference was used for other facts. Nothing was changed."),
    "place_unknown": (422, "No place has this store_id. The notice was kept for the programme's office."),
    "service_unknown": (422, "This is not one of your services. The notice was kept for the programme's office."),
    "refund_exceeds_payment": (422, "The refund is more than what is left of the payment. Nothing was changed."),
    "refund_unknown": (422, "No refund was requested under this refund_id for this payment."),
    "refund_amount_differs": (422, "The amount differs from the refund that was requested. Nothing was changed."),
    "cursor_wrong": (400, "The cursor is not one that was given out. Start again without a cursor."),
    "delivery_unknown": (404, "You have no delivery with this id."),
    "delivery_still_waiting": (409, "The delivery has not finished; it will be tried again by itself."),
    "delivery_not_repeatable": (409, "This message was good for a minute only and is never sent again."),
    "try_again": (503, "The platform is busy. Send the same again in a moment; nothing will be doubled."),
}


def status_of(code: str) -> int:
    """HTTP status of an error code."""
    return ERRORS[code][0]


def error(code: str, **place: Any) -> dict[str, Any]:
    """An error as it is sent: code, sentence, and where (`field`, `position`) if that is known."""
    found = {key: value for key, value in place.items() if value not in (None, "")}
    return {"code": code, "message": ERRORS[code][1], **found}


def body_of(request: HttpRequest) -> bytes:
    """The bytes of a request. Raises Refusal `body_too_large`."""
    try:
        return request.body
    except RequestDataTooBig as large:
        raise Refusal("body_too_large") from large
