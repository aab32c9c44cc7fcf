"""What a provider answers to something it was asked for: it will, or it will not and why."""

from __future__ import annotations

from madoguchi.core.clock import now
from madoguchi.events.actions import record
from madoguchi.payments.models import Charge, Refund
from madoguchi.people.access import Actor


def keep_answer(actor: Actor, asked: Refund | Charge, *, state: str, answer: str) -> None:
    """Move a locked refund or charge to `state` with the provider's answer and its hour, and write the event."""
    asked.state, asked.answered_at, asked.answer = state, now(), answer[:60]
    asked.save(update_fields=["state", "answered_at", "answer"])
    record(actor, f"{asked._meta.model_name}.{state}", asked.id, answer=asked.answer)
