"""What pydantic found wrong with somebody's JSON, in the platform's own words."""

from __future__ import annotations

from pydantic import ValidationError

from madoguchi.core.errors import Refusal

_CODES = {"missing": "field_missing", "extra_forbidden": "field_unknown", "json_invalid": "json_malformed"}
LONGEST_PLACE = 80


def fault_of(error: ValidationError) -> tuple[str, str]:
    """The first fault's code and the field's path such as "taxable_income_yen.1", "" for the whole.

    Codes are `field_missing`, `field_unknown`, `field_wrong`, `json_malformed`.
    """
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return _CODES.get(first["type"], "field_wrong"), ".".join(map(str, first["loc"]))[:LONGEST_PLACE]


def refusal_of(error: ValidationError) -> Refusal:
    """The first fault as a refusal; a text that is no JSON has no field."""
    code, field = fault_of(error)
    return Refusal(code) if code == "json_malformed" else Refusal(code, field=field)
