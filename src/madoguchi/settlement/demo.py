"""The demo's netting rules: example numbers, marked as demo."""

from __future__ import annotations

from madoguchi.people.access import Actor
from madoguchi.registry.demo import STARTS_ON, DemoRegistry
from madoguchi.settlement.actions import add_netting_rule


def add_netting_rules(registry: DemoRegistry, actor: Actor) -> None:
    """Give every demo town, and the post office's operator, a rule that lets fees be netted (J-31)."""
    for principal in [*registry.towns.values(), registry.post_office_operator]:
        add_netting_rule(actor=actor, principal_id=principal.id, number="会計規則第○条（デモ）", in_force_on=STARTS_ON)
