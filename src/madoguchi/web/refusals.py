"""How a refusal is told: a sentence in the reader's language that says what to do, and a page, fragment or JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.utils.cache import patch_vary_headers

from madoguchi.core.errors import Refusal
from madoguchi.core.yen import format_yen
from madoguchi.counter.rules import MAX_LINES, MAX_ORDER_YEN
from madoguchi.web.edges import page_before
from madoguchi.web.sentences import ORDER_STATES, OTHERWISE, SENTENCES
from madoguchi.web.templatetags.madoguchi import is_english, jst, jst_date

# Codes ending in `_unknown` are 404; all that are not named here are 422.
STATUS = {"not_allowed": 403, "operator_unknown": 422, "file_kind_unknown": 422, "credit_rule_unknown": 422}


def status_of(code: str) -> int:
    """HTTP status of a refusal's code."""
    return STATUS.get(code, 404 if code.endswith("_unknown") else 422)


def sentence(refusal: Refusal) -> str:
    """What happened and what to do, in the active language."""
    facts = _in_words(refusal.details)
    for candidate in SENTENCES.get(refusal.code, ()):
        try:
            return str(candidate) % facts
        except KeyError:
            continue
    return str(OTHERWISE)


def _in_words(details: Mapping[str, object]) -> dict[str, object]:
    """Details as people read them: yen with a sign, instants and dates in Japan, names in the reader's language."""
    facts: dict[str, object] = {"max_lines": MAX_LINES, "max_order": format_yen(MAX_ORDER_YEN)}
    for key, value in details.items():
        if key.endswith("_yen") and isinstance(value, int):
            facts[key] = format_yen(value)
        elif key.endswith("_bytes") and isinstance(value, int):
            facts[key] = filesizeformat(value)
        elif key in {"limit_rows", "limit", "count"} and isinstance(value, int):
            facts[key] = f"{value:,}"
        elif isinstance(value, datetime):
            facts[key] = jst(value)
        elif isinstance(value, date):
            facts[key] = jst_date(value)
        elif key == "state":
            facts[key] = ORDER_STATES.get(str(value), value)
        else:
            facts[key] = details.get(f"{key}_en") or value if is_english() else value
    return facts


def answer(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """JSON for programs, a notice for htmx, a page for everybody else.

    The notice goes to `#refusal` at the top of every page (base.html), wherever the request aimed, so that what the
    reader was filling in stays as it is.
    """
    status, words = status_of(refusal.code), sentence(refusal)
    if wants_json(request):
        return JsonResponse({"error": _for_programs(refusal, words)}, status=status)
    facts = {"sentence": words, "code": refusal.code, "status": status, "back": page_before(request)}
    if getattr(request, "htmx", False):
        response = render(request, "refusal_notice.html", facts, status=status)
        response["HX-Retarget"] = "#refusal"
        response["HX-Reswap"] = "innerHTML"
        # Otherwise an `hx-select` of the element would look for its own part in the notice.
        response["HX-Reselect"] = ".notice"
    else:
        response = render(request, "refusal.html", facts, status=status)
    patch_vary_headers(response, ["HX-Request", "Accept"])
    return response


def wants_json(request: HttpRequest) -> bool:
    """Whether a program asks: under /api/, or a script that accepts JSON and no page."""
    accepted = request.headers.get("Accept", "")
    return request.path.startswith("/api/") or ("application/json" in accepted and "text/html" not in accepted)


def _for_programs(refusal: Refusal, words: str) -> dict[str, Any]:
    plain = {
        key: value if isinstance(value, bool | int | float) or value is None else _text(value)
        for key, value in refusal.details.items()
    }
    return {**plain, "code": refusal.code, "message": words}


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
