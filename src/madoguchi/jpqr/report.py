"""What a code says, in the shape that the command line and the API give out."""

from typing import Any

from madoguchi.jpqr.conditions import Conditions, conditions_of
from madoguchi.jpqr.cpm import CpmCode, TlvField, decode_cpm, is_cpm
from madoguchi.jpqr.errors import JpqrError, PayloadError
from madoguchi.jpqr.fields import Payload, numbered
from madoguchi.jpqr.inspection import Inspection
from madoguchi.jpqr.payload import decode
from madoguchi.jpqr.profile import LEVEL_DIGITS, StoreId, code_of
from madoguchi.jpqr.reader import CRC_TAG, read_leniently
from madoguchi.jpqr.schemes import details_of, is_dynamic, scheme_of

Report = dict[str, Any]
_MERCHANT = {"merchant_name": "59", "city": "60", "postal_code": "61", "mcc": "52", "currency": "53", "country": "58"}


def report(text: str) -> Report:
    """Everything a code says, whether a merchant's or a customer's: `{"ok": True, "scheme": …, …, "fields": {…}}`.

    What a code does not say is null. A code with a JPQR store must keep to the whole JPQR profile. Never raises:
    a code that cannot be taken gives `{"ok": False, "error": {"code", "path", "offset", "message"}}`.
    """
    try:
        return report_of_cpm(decode_cpm(text)) if is_cpm(text) else report_of(decode(text), checksum=text[-4:])
    except PayloadError as error:
        return fault(error)


def lenient_report(text: str) -> Report:
    """As `report`; of a faulty merchant's code also every fault and what could be read in spite of them."""
    strict = report(text)
    if strict["ok"] or is_cpm(text):
        return strict
    reading = read_leniently(text)
    # A sound payload may still break the profile, which adds the one fault that `report` has found.
    faults = [_error(one) for one in reading.faults] or [strict["error"]]
    fields = reading.payload.tree if reading.payload else {}
    return strict | {"faults": faults, "fields": fields}


def report_of(payload: Payload, *, checksum: str) -> Report:
    """The report of a sound payload, which does not hold its `checksum` itself.

    Raises PayloadError if it breaks the JPQR profile or our own conditions.
    """
    scheme = scheme_of(payload)
    store_id = code_of(payload).store_id if scheme == "jpqr" else None
    said = conditions_of(payload)
    details = details_of(payload, scheme)
    facts = {name: payload.value(tag) for name, tag in _MERCHANT.items()}
    return {
        "ok": True,
        "scheme": scheme,
        "initiation": "dynamic" if is_dynamic(payload, details) else "static",
        "store_id": _levels(store_id),
        "merchant_name": facts.pop("merchant_name"),
        "merchant_name_local": payload.value("64.01"),
        **facts,
        "amount": payload.value("54"),
        "fields": payload.tree | {CRC_TAG: checksum},
        "details": details,
        "conditions": _conditions(said),
    }


def report_of_cpm(code: CpmCode) -> Report:
    """The report of a customer's code, which serves one payment and names no merchant."""
    absent = (
        "store_id",
        "merchant_name",
        "merchant_name_local",
        *(name for name in _MERCHANT if name != "merchant_name"),
    )
    details = {"operator_code": code.operator_code, "payment_id": code.payment_id}
    return {
        "ok": True,
        "scheme": code.scheme,
        "initiation": "dynamic",
        **dict.fromkeys(absent),
        "amount": None,
        "fields": _tree(code.fields),
        "details": {name: value for name, value in details.items() if value is not None},
        "conditions": None,
    }


def fault(error: JpqrError) -> Report:
    """The report of something that cannot be taken; an error without a place stands at the beginning."""
    return {"ok": False, "error": _error(error)}


def verdict_report(found: Inspection) -> Report:
    """An inspection for programs: `{"ok", "verdict", "findings": [{"code", "severity", "path", …}]}`."""
    findings = [
        {"code": one.code, "severity": one.severity, "path": one.path, "offset": one.offset, "message": one.sentence}
        for one in found.findings
    ]
    return {"ok": found.verdict == "genuine", "verdict": found.verdict, "findings": findings}


def _error(error: JpqrError) -> Report:
    path, offset = getattr(error, "path", ""), getattr(error, "offset", 0)
    return {"code": error.code, "path": path, "offset": offset, "message": error.message}


def _levels(store_id: StoreId | None) -> dict[str, str] | None:
    return {name: getattr(store_id, name) for name in LEVEL_DIGITS} if store_id else None


def _conditions(said: Conditions) -> Report | None:
    if said == Conditions():
        return None
    expires_at = said.expires_at.isoformat() if said.expires_at else None
    return {"expires_at": expires_at, "amount_locked": said.is_amount_locked, "signed_by_key": said.key_id}


def _tree(fields: tuple[TlvField, ...]) -> Report:
    """Values as text where they are printable ASCII, else in hexadecimal; of repeated tags the later as "61#2"."""
    values = (_tree(one.fields) if one.is_template else _shown(one) for one in fields)
    return dict(zip(numbered(one.tag for one in fields), values, strict=True))


def _shown(one: TlvField) -> str:
    # Packed digits are digits only in hexadecimal, whatever letters their bytes happen to spell.
    is_packed = one.tag in ("4F", "57", "5A")
    is_text = not is_packed and one.value.isascii() and one.value.decode("ascii", "replace").isprintable()
    return one.value.decode("ascii") if is_text else one.value.hex().upper()
