"""Entering the principal's own rule for netting; closing and deposits have files of their own beside this one."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction

from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope
from madoguchi.settlement.facts import lock_books
from madoguchi.settlement.models import NettingRule


@transaction.atomic
def add_netting_rule(*, actor: Actor, principal_id: UUID, number: str, in_force_on: date) -> NettingRule:
    """Enter the rule by which fees may be taken out of receipts (繰替払, J-31), from a day on, until a later one.

    The same again changes nothing. Raises Refusal `number_missing`, `netting_rule_exists` (another one that day).
    """
    require(actor, "settlement.write", Scope(principal_id=principal_id))
    number = number.strip()
    if not number:
        raise Refusal("number_missing", field="number")
    lock_books(principal_id)
    earlier = NettingRule.objects.filter(principal=principal_id, in_force_on=in_force_on).first()
    if earlier is not None:
        if earlier.number != number:
            raise Refusal("netting_rule_exists", number=earlier.number, in_force_on=in_force_on)
        return earlier
    rule = NettingRule.objects.create(principal_id=principal_id, number=number, in_force_on=in_force_on)
    record(actor, "netting_rule.added", principal_id, number=number, in_force_on=str(in_force_on))
    return rule
