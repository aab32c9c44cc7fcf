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
    "body_too_large": (413, "The body is larger than 2 MiB. Send less at a time."),
    "batch_empty": (400, "The array is empty."),
    "batch_too_large": (413, "The array has more than 1,000 entries. Send fewer at a time."),
    "field_missing": (422, "A required field is missing."),
    "field_unknown": (422, "There is no such field. Check its spelling."),
    "field_wrong": (422, "The field's value has the wrong type, format or range."),
    "amount_out_of_range": (422, "amount_yen must be a whole number from 1 to 10,000,000."),
    "paid_at_future": (422, "The time lies in the future. Check the clock."),
    "reference_reused": (409, "This reference was used for other facts. Nothing was changed."),
    "place_unknown": (422, "No place has this store_id. The notice was kept for the programme's office."),
    "applied_place_unknown": (422, "There is no such place among those applied for."),
    "applied_place_not_accepted": (422, "This place's application has not been accepted, so it takes no number yet."),
    "store_id_malformed": (422, "A store number has 13, 4, 6 and 6 digits with hyphens between."),
    "store_id_taken": (409, "Another place has this store number. Nothing was changed."),
    "place_has_number": (409, "This place has another store number already. Nothing was changed."),
    "service_unknown": (422, "No such service, or not one of yours. A notice is kept for the programme's office."),
    "refund_exceeds_payment": (422, "The refund is more than what is left of the payment. Nothing was changed."),
    "refund_unknown": (422, "No refund was requested under this refund_id for this payment."),
    "refund_amount_differs": (422, "The amount differs from the refund that was requested. Nothing was changed."),
    "cursor_wrong": (400, "The cursor is not one that was given out. Start again without a cursor."),
    "delivery_unknown": (404, "You have no delivery with this id."),
    "delivery_still_waiting": (409, "The delivery has not finished; it will be tried again by itself."),
    "delivery_not_repeatable": (409, "This message was good for a minute only and is never sent again."),
    # Applications
    "object_wanted": (400, "Send one JSON object."),
    "idempotency_key_missing": (400, "Send an Idempotency-Key header, a different one for each application."),
    "idempotency_key_wrong": (400, "The Idempotency-Key has at most 80 printable characters."),
    "key_reused": (409, "This Idempotency-Key was used for another application. Nothing was stored."),
    "resume_key_wrong": (401, "The number and the Madoguchi-Resume-Key do not belong together."),
    "application_unknown": (404, "There is no such application."),
    "application_not_open": (409, "The application can no longer be changed."),
    "application_incomplete": (422, "Something is missing, first of all `field`. GET the application for the rest."),
    "consent_refused": (422, "Without consent to publication a place cannot take part. Nothing was stored."),
    "town_applied_already": (409, "This town has applied already (J-22). Add places to that application."),
    "corporate_number_wrong": (422, "Not a corporate number: 13 digits, of which the first checks the others."),
    "formula_in_cell": (422, "A text may not begin with = + - or @: a spreadsheet would run it."),
    "municipality_unknown": (422, "There is no municipality of this code (five digits, JIS X 0402)."),
    "purpose_unknown": (422, "There is no such purpose."),
    "trade_unknown": (422, "There is no such trade. Leave it out if none of those listed fits."),
    "entity_unknown": (422, "There is no such kind of body."),
    "too_many_begun": (429, "This network began too many applications within an hour. Wait a while."),
    "too_many_places": (422, "An application holds at most 10,000 places."),
    "document_unknown": (404, "There is no such document."),
    "document_deleted": (410, "The document was deleted on its day, as announced."),
    "document_need_unknown": (422, "This kind of document is not asked for."),
    "document_empty": (422, "The document is empty."),
    "document_too_large": (413, "The document is too large, or unfolds to something that is."),
    "document_unreadable": (422, "The document is broken and cannot be opened."),
    "document_type_wrong": (422, "Only PDF, JPEG, PNG and TIFF are taken, named by their own ending."),
    "document_active": (422, "The document can run something. Print it to a new PDF and send that."),
    "document_has_macro": (422, "The document holds macros. Send it as a PDF."),
    "document_locked": (422, "The document is locked with a password. Send it without."),
    "too_many_documents": (422, "An application holds at most 20 documents."),
    "platform_secret_missing": (503, "The platform has no secret of its own. Tell whoever runs it."),
    "applied_item_unknown": (404, "You have no item with this id."),
    "item_not_waiting": (409, "The item no longer waits for that. Nothing was changed; GET it to see how it stands."),
    "keeps_terms_missing": (422, "The service is in use there already: say with keeps_terms whether its terms stay."),
    "starts_on_wrong": (422, "The start lies before the application was sent, or more than two years ahead."),
    "reason_missing": (422, "A reason is missing. That of a refusal is read by the applicant."),
    "text_missing": (422, "A question needs its text, which the applicant reads."),
    "text_too_long": (422, "The text is too long: 2,000 characters for a question, 400 for a reason."),
    # Reward campaigns
    "file_kind_unknown": (422, "The name must end in .csv or .parquet."),
    "file_too_large": (413, "The file is larger than 256 MiB. Send it in parts."),
    "file_unreadable": (422, "The file cannot be read as CSV (UTF-8) or Parquet."),
    "payments_columns_missing": (422, "The file lacks the columns in `missing`."),
    "payments_column_type": (422, "The column in `column` cannot be read as what it should be."),
    "payments_none": (422, "No row is a payment or refund that could be taken. `problems` counts why."),
    "service_not_yours": (422, "The file has payments with services that are not yours: see `services`."),
    "payments_file_unknown": (404, "You have no file of payments with this id."),
    "payments_file_withdrawn": (409, "The file was taken back already. Nothing was changed."),
    "campaign_unknown": (404, "No approved campaign has this code, or none of your services takes part in it."),
    "service_not_in_campaign": (422, "This service does not take part in the campaign."),
    "month_outside": (422, "The month, such as 2026-11, is not one of the campaign's."),
    "life_wrong": (422, "The report cannot be true beside the one before it; `field` says where."),
    "report_differs": (409, "Another report stands for that day. Report corrected figures as of a later day."),
    "fee_above_limit": (422, "The fees are above 3.25 per cent of the takings, so nothing is borne of them."),
    "fee_wrong": (422, "Fees and takings cannot be below 0."),
    "fees_not_supported": (422, "The campaign bears no merchants' fees."),
    "terminals_not_supported": (422, "The campaign bears no part of what terminals cost."),
    "provider_not_in_campaign": (422, "None of your services takes part in the campaign."),
    "run_unknown": (404, "No approved run of the campaign has this number."),
    "run_not_approved": (409, "No run of the campaign has been approved yet."),
    # Open data
    "dataset_unknown": (404, "There is no such dataset. GET /api/v1/open/datasets lists them."),
    "snapshot_unknown": (404, "There is no such version, or it is no longer kept. Leave `version` out for the newest."),
    "snapshot_file_unknown": (404, "The version's file is missing on the server. Take another version."),
    "column_unknown": (422, "The dataset has no column of this name; `columns` of the dataset lists them."),
    "too_many_requests": (429, "Too many requests this minute. Go on after Retry-After seconds, or load a file."),
    "try_again": (503, "The platform is busy. Send the same again in a moment; nothing will be doubled."),
}
# A refusal of a room below that has no words of its own here is told by its code all the same.
OTHERWISE = (422, "This cannot be done as things stand. The code says why.")


def status_of(code: str) -> int:
    """HTTP status of an error code."""
    return ERRORS.get(code, OTHERWISE)[0]


def error(code: str, **place: Any) -> dict[str, Any]:
    """An error as it is sent: code, sentence, and where (`field`, `position`) if that is known."""
    found = {key: value for key, value in place.items() if value not in (None, "")}
    return {"code": code, "message": ERRORS.get(code, OTHERWISE)[1], **found}


def body_of(request: HttpRequest) -> bytes:
    """The bytes of a request. Raises Refusal `body_too_large`."""
    try:
        return request.body
    except RequestDataTooBig as large:
        raise Refusal("body_too_large") from large
