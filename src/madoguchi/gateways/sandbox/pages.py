"""The wallet and the faults page, for people, in Japanese and English."""

from __future__ import annotations

import secrets
import unicodedata
from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from madoguchi.core.errors import Refusal
from madoguchi.gateways.sandbox.codes import make_code, shown_code
from madoguchi.gateways.sandbox.faults import MOST_DUPLICATES, REFUND_CUT_OFFS, Faults, faults_in_force, set_faults
from madoguchi.gateways.sandbox.notices import delivery_state, notices, resend, resend_all_dropped
from madoguchi.gateways.sandbox.payments import pay, payment, payments, refund
from madoguchi.gateways.sandbox.shops import Shop, read_picture, read_shop
from madoguchi.gateways.sandbox.state import current_sandbox
from madoguchi.gateways.sandbox.words import LANGUAGES, moment, say, sentence, yen
from madoguchi.jpqr import qr_svg

pages = Blueprint("pages", __name__)

MARKS = {"sent": "✓", "waiting": "…", "failed": "!", "dropped": "×"}
RECENT = 20

Page = tuple[str, int] | Response


def language() -> str:
    """The reader's language: Japanese unless the address says `?lang=en`."""
    asked = request.args.get("lang", "")
    return asked if asked in LANGUAGES else "ja"


@pages.app_context_processor
def vocabulary() -> dict[str, Any]:
    """What every template may use."""
    here = language()
    other = "en" if here == "ja" else "ja"
    return {
        "lang": here,
        "other_lang": other,
        "other_address": _other_address(other),
        "say": partial(_say, here),
        "moment": lambda instant: moment(instant, here),
        "yen": yen,
        "link": link,
        "mark": MARKS.__getitem__,
        "delivery_words": partial(_delivery_words, here),
        "service_name": current_sandbox().config.service_name,
    }


def link(endpoint: str, **values: Any) -> str:
    """The address of a page in the reader's language."""
    if language() != "ja":
        values["lang"] = language()
    return url_for(endpoint, **values)


@pages.get("/")
def wallet() -> Page:
    """Step 1: read a code. Below it, what was paid."""
    return _wallet()


@pages.post("/read")
def read() -> Page:
    """The picture or text of a code leads to its shop, at an address that can be opened again."""
    picture = request.files.get("code")
    payload = request.form.get("payload", "").strip()
    try:
        if picture and picture.filename:
            payload = read_picture(picture.read(), current_sandbox())
        elif not payload:
            raise Refusal("code_missing", field="code")
        read_shop(payload, current_sandbox())
    except Refusal as refusal:
        return _wallet(payload=payload, refusal=refusal)
    return redirect(link("pages.shop", payload=payload), 303)


@pages.get("/shop")
def shop() -> Page:
    """Step 2: the shop, the service and the amount."""
    payload = request.args.get("payload", "")
    try:
        found = read_shop(payload, current_sandbox())
    except Refusal as refusal:
        return _wallet(payload=payload, refusal=refusal)
    return _shop(found, payload)


@pages.post("/shop")
def pay_shop() -> Page:
    """Pay; the form's key keeps a second press from paying twice."""
    payload = request.form.get("payload", "")
    try:
        found = read_shop(payload, current_sandbox())
    except Refusal as refusal:
        return _wallet(payload=payload, refusal=refusal)
    try:
        paid = pay(
            current_sandbox(),
            shop=found,
            service=request.form.get("service", ""),
            amount_yen=_typed_yen("amount"),
            key=request.form.get("key") or None,
        )
    except Refusal as refusal:
        return _shop(found, payload, refusal=refusal)
    return redirect(link("pages.paid", reference=paid["reference"]), 303)


@pages.get("/code")
def choose_code() -> Page:
    """With which service to show a code."""
    return _choose_code()


@pages.post("/code")
def show_code() -> Page:
    """Make a fresh code; its own address shows it, so that loading the page again makes no other."""
    try:
        made = make_code(current_sandbox(), request.form.get("service", ""))
    except Refusal as refusal:
        return _choose_code(refusal=refusal)
    return redirect(link("pages.code", payment_id=made.payment_id), 303)


@pages.get("/code/<payment_id>")
def code(payment_id: str) -> Page:
    """The code for the shop to read; once it is used, what was paid with it."""
    sandbox = current_sandbox()
    shown, now = shown_code(sandbox, payment_id), sandbox.clock()
    is_over = shown.is_over(now)
    symbol = "" if is_over else qr_svg(shown.payload, title=_say(language(), "code_title"))
    page = render_template(
        "code.html",
        code=shown,
        is_over=is_over,
        until=moment(shown.expires_at.isoformat(), language(), now=now),
        symbol=Markup(symbol),  # noqa: S704  # qr_svg escapes the title and draws everything else itself
        paid=payment(sandbox, shown.reference) if shown.reference else None,
        **_problem(None),
    )
    return page, 200


@pages.get("/paid/<reference>")
def paid(reference: str) -> Page:
    """Step 3: the reference, the time, and how far the notice has come."""
    return _paid(reference)


@pages.post("/paid/<reference>/resend")
def resend_notice(reference: str) -> Page:
    """Let the notice of the payment, or of one of its refunds, leave again."""
    sandbox = current_sandbox()
    asked = request.form.get("notice", reference)
    shown = payment(sandbox, reference)
    if asked not in {reference, *(each["reference"] for each in shown["refunds"])}:
        raise Refusal("notice_unknown", field="notice")
    with sandbox.store.writing() as db:
        resend(db, asked, now=sandbox.clock())
    sandbox.sender.wake()
    return redirect(link("pages.paid", reference=reference), 303)


@pages.post("/paid/<reference>/refund")
def refund_payment(reference: str) -> Page:
    """Give money back on the provider's side (J-29)."""
    try:
        amount_yen = _typed_yen("refund_amount")
        refund(current_sandbox(), payment_reference=reference, amount_yen=amount_yen or 0)
    except Refusal as refusal:
        return _paid(reference, refusal=refusal)
    return redirect(link("pages.paid", reference=reference), 303)


@pages.get("/faults")
def faults() -> Page:
    """The faults in force, what was lost, and the latest notices."""
    return _faults(faults_in_force(current_sandbox().store))


@pages.post("/faults")
def apply_faults() -> Page:
    """Put the form's faults in force."""
    sandbox = current_sandbox()
    current = faults_in_force(sandbox.store)
    try:
        changed = current.changed(
            {
                "delay_seconds": _typed_number("delay_seconds"),
                "duplicate": _typed_number("duplicate"),
                "reorder": "reorder" in request.form,
                "drop": "drop" in request.form,
                "refund_cut_off": request.form.get("refund_cut_off", ""),
            }
        )
    except Refusal as refusal:
        return _faults(current, refusal=refusal)
    with sandbox.store.writing() as db:
        set_faults(db, changed)
    sandbox.sender.wake()
    return redirect(link("pages.faults", saved=1), 303)


@pages.post("/faults/resend-all-dropped")
def resend_dropped() -> Page:
    """Let everything that was lost leave now."""
    sandbox = current_sandbox()
    with sandbox.store.writing() as db:
        count = resend_all_dropped(db, now=sandbox.clock())
    sandbox.sender.wake()
    return redirect(link("pages.faults", resent=count), 303)


@pages.errorhandler(Refusal)
def refused(refusal: Refusal) -> Page:
    """A page that is not there: back to the wallet, with the reason."""
    return wallet_with(refusal), 404


def wallet_with(refusal: Refusal) -> str:
    """The wallet's first step with a refusal above it, for whichever status goes with it."""
    return _wallet(refusal=refusal)[0]


def _wallet(*, payload: str = "", refusal: Refusal | None = None) -> tuple[str, int]:
    recent = payments(current_sandbox(), limit=RECENT)
    page = render_template("wallet.html", payload=payload, recent=recent, **_problem(refusal))
    return page, 422 if refusal else 200


def _shop(found: Shop, payload: str, *, refusal: Refusal | None = None) -> tuple[str, int]:
    services = [service for provider in current_sandbox().config.providers for service in provider.services]
    page = render_template(
        "shop.html",
        shop=found,
        knows_keys=bool(current_sandbox().config.trusted_keys),
        payload=payload,
        services=services,
        chosen=request.form.get("service", services[0].id),
        typed=request.form.get("amount", ""),
        key=request.form.get("key") or secrets.token_urlsafe(16),
        **_problem(refusal),
    )
    return page, 422 if refusal else 200


def _choose_code(*, refusal: Refusal | None = None) -> tuple[str, int]:
    providers = current_sandbox().config.providers
    services = [service for provider in providers for service in provider.services if service.operator_code]
    return render_template("codes.html", services=services, **_problem(refusal)), 422 if refusal else 200


def _paid(reference: str, *, refusal: Refusal | None = None) -> tuple[str, int]:
    shown = payment(current_sandbox(), reference)
    typed = request.form.get("refund_amount", str(shown["left_yen"]))
    return render_template("paid.html", paid=shown, typed=typed, **_problem(refusal)), 422 if refusal else 200


def _faults(current: Faults, *, refusal: Refusal | None = None) -> tuple[str, int]:
    store = current_sandbox().store
    row = store.row("SELECT count(*) AS dropped FROM notice WHERE state = 'dropped'")
    page = render_template(
        "faults.html",
        faults=current,
        cut_offs=REFUND_CUT_OFFS,
        most_duplicates=MOST_DUPLICATES,
        dropped=row["dropped"] if row else 0,
        notices=notices(store, limit=RECENT),
        is_saved="saved" in request.args,
        resent=request.args.get("resent", type=int),
        **_problem(refusal),
    )
    return page, 422 if refusal else 200


def _problem(refusal: Refusal | None) -> dict[str, Any]:
    """What a template shows of a refusal: its sentence, its code small beneath, the field it marks."""
    if refusal is None:
        return {"problem": None, "problem_code": None, "problem_field": None}
    reason = refusal.details.get("reason")
    return {
        "problem": sentence(refusal, language()),
        "problem_code": f"{refusal.code} – {reason}" if reason else refusal.code,
        "problem_field": refusal.details.get("field"),
    }


def _typed_yen(name: str) -> int | None:
    """Yen as people type them: full-width digits, commas and ¥ are fine; None if nothing was typed."""
    typed = unicodedata.normalize("NFKC", request.form.get(name, ""))
    digits = typed.strip().strip("¥\\円").replace(",", "").strip()
    if not digits:
        return None
    # What is no number is refused as 0 yen would be: one sentence serves both. Nine digits pass every limit.
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else 0


def _typed_number(name: str) -> int | float | str:
    """A setting as typed; what is not a number goes on as text, to be refused by the rule that knows the range."""
    typed = unicodedata.normalize("NFKC", request.form.get(name, "")).strip()
    try:
        return int(typed)
    except ValueError:
        pass
    try:
        return float(typed)
    except ValueError:
        return typed


def _other_address(other: str) -> str:
    """This page in the other language; where a form was refused, the page that the form stands on."""
    values: dict[str, Any] = {**(request.view_args or {}), "lang": other}
    if request.method != "GET":
        pages_of_forms = {
            "pages.pay_shop": "pages.shop",
            "pages.apply_faults": "pages.faults",
            "pages.show_code": "pages.choose_code",
        }
        endpoint = pages_of_forms.get(request.endpoint or "", "pages.wallet")
        if endpoint == "pages.shop":
            values["payload"] = request.form.get("payload", "")
        if request.endpoint == "pages.refund_payment":
            endpoint = "pages.paid"
        return url_for(endpoint, **values)
    if payload := request.args.get("payload"):
        values["payload"] = payload
    return url_for(request.endpoint or "pages.wallet", **values)


def _say(here: str, name: str, **facts: object) -> str:
    return say(name, here, **facts)


def _delivery_words(here: str, copies: list[dict[str, Any]]) -> str:
    """One line on how far a notice has come, e.g. 遅らせています · 予定 10:32:05."""
    state = delivery_state(copies)
    now = current_sandbox().clock()
    of_state = [copy for copy in copies if copy["state"] == state]
    if state == "sent":
        words = say("sent", here)
        if len(of_state) > 1:
            words += " · " + say("copies_sent", here, count=len(of_state))
        return f"{words} · {moment(of_state[-1]['sent_at'], here, now=now)}"
    if state == "waiting":
        return _waiting_words(here, of_state[-1], now)
    if state == "failed":
        first = of_state[-1]
        answer = " ".join(str(part) for part in (first["answer_status"], first["answer_code"]) if part)
        return f"{say('failed', here)} · {say('answer', here, status=answer)}"
    return say(state, here)


def _waiting_words(here: str, copy: dict[str, Any], now: datetime) -> str:
    if copy["is_held"] or copy["behind"]:
        return say("held", here)
    due = say("due", here, time=moment(copy["due_at"], here, now=now))
    if copy["attempts"]:
        return f"{say('retrying', here)} · {due}"
    if copy["due_at"] > now.timestamp():
        return f"{say('late', here)} · {due}"
    return say("waiting", here)
