"""What the pages of reward campaigns say of rows that no run can take."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# By the words of engine.rewards.batches.PROBLEMS, in their order.
PROBLEMS: dict[str, Promise] = {
    "no_payment_id": _("payment_id is empty. Give each payment and refund an id of its own."),
    "unknown_kind": _("kind is neither payment nor refund."),
    "amount_unreadable": _("amount_yen cannot be read. Write digits only, without commas or a yen sign."),
    "no_amount": _("amount_yen is empty."),
    "amount_not_positive": _("amount_yen is 0 or less. A refund, too, has a positive amount."),
    "amount_absurd": _("amount_yen is above ¥1,000,000,000."),
    "no_service_id": _("service_id is empty."),
    "no_member_id": _("member_id is empty. Caps are counted by member, so a payment needs it."),
    "no_store_id": _("store_id is empty. Without it nobody knows whether the place takes part."),
    "no_paid_at": _("paid_at is empty or cannot be read. Write it as 2026-11-02T12:30:00+09:00."),
    "paid_at_absurd": _("paid_at lies before 2000 or after 2099."),
    "doubled_id": _("Rows with the same payment_id say different things. None of them counts."),
    "refund_without_payment": _("original_payment_id names no payment."),
}


def problem_rows(problems: Mapping[str, int]) -> list[tuple[Promise | str, int]]:
    """What is wrong and with how many rows, in the order in which rows are looked at."""
    known = [(PROBLEMS[word], problems[word]) for word in PROBLEMS if problems.get(word)]
    return known + [(word, count) for word, count in sorted(problems.items()) if word not in PROBLEMS]
