"""The rules by which payments are held, as dated sets of figures."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from madoguchi.core.errors import Refusal

HOLD = "hold"
SAME_MEMBER_PLACE = "same_member_place"
CLOSED_LOOP = "closed_loop"
STAFF_KEYS_CASH = "staff_keys_cash"
SPLITTING = "splitting"
FAR_OUTSIDE_PEERS = "far_outside_peers"
ROUND_AMOUNTS = "round_amounts"
OUTSIDE_HOURS = "outside_hours"
# Each rule's figures, of the kind that its own set must have.
FIGURES: Mapping[str, Mapping[str, type]] = {
    HOLD: {"hold_at": float, "weak_at": float, "least_peers": int, "top_ups": str},
    SAME_MEMBER_PLACE: {
        "a_day": int,
        "a_week": int,
        "different_part": float,
        "usual_quantile": float,
        "usual_visits": int,
        "times_usual": float,
    },
    CLOSED_LOOP: {
        "own_part": float,
        "place_part": float,
        "members": int,
        "payments": int,
        "yen": int,
        "top_up_minutes": int,
        "usual_part": float,
    },
    STAFF_KEYS_CASH: {
        "a_day": int,
        "hours": float,
        "different_part": float,
        "amounts": int,
        "days": int,
        "payments": int,
    },
    SPLITTING: {
        "limits_yen": list,
        "minutes": float,
        "below_part": float,
        "sum_below_part": float,
        "sum_above_part": float,
        "repeats": int,
        "others": int,
    },
    FAR_OUTSIDE_PEERS: {"z": float, "day_z": float, "least_spread": float, "payments": int, "members": int},
    ROUND_AMOUNTS: {
        "units_yen": list,
        "least_yen": int,
        "part": float,
        "payments": int,
        "members": int,
        "least_usual": float,
        "usual_places_part": float,
        "prior": float,
        "odds": float,
        "place_odds": float,
    },
    OUTSIDE_HOURS: {"minutes": int, "payments": int, "usual_part": float, "usual_members": int},
}
RULES = tuple(name for name in FIGURES if name != HOLD)
# Rules of one family look at the same side of a payment, so that several of them are no more evidence than one.
FAMILIES: Mapping[str, str] = {
    SAME_MEMBER_PLACE: "often",
    CLOSED_LOOP: "often",
    STAFF_KEYS_CASH: "often",
    SPLITTING: "often",
    FAR_OUTSIDE_PEERS: "amount",
    ROUND_AMOUNTS: "amount",
    OUTSIDE_HOURS: "time",
}
Figures = dict[str, Any]


@dataclass(frozen=True)
class DatedSet:
    """The figures of one rule from a day on (JST)."""

    rule: str
    starts_on: date
    figures: Figures


@dataclass(frozen=True)
class Rules:
    """Every dated set of every rule that is used."""

    sets: tuple[DatedSet, ...]

    @property
    def top_ups(self) -> tuple[str, ...]:
        """The kinds of transaction that charge a card, in any set."""
        return tuple(sorted({word for one in self.sets if one.rule == HOLD for word in one.figures["top_ups"]}))

    def on(self, day: date) -> dict[str, Figures]:
        """By rule, the figures in force on `day`; a rule that has none yet is not among them.

        Raises Refusal `suspicion_rules_wrong` if it is not told from when payments are held at all.
        """
        begun = sorted((one for one in self.sets if one.starts_on <= day), key=lambda one: one.starts_on)
        found = {one.rule: one.figures for one in begun}
        if HOLD not in found:
            raise Refusal("suspicion_rules_wrong", rule=HOLD, field="starts_on")
        return {name: found[name] for name in FIGURES if name in found}


@cache
def rules_2019() -> Rules:
    """The rules that come with the programme of 2019."""
    text = resources.files("madoguchi.engine.suspicion").joinpath("data/rules_2019.toml").read_text("utf-8")
    return rules_of(tomllib.loads(text))


def read_rules(file: Path) -> Rules:
    """Rules from TOML in the form of data/rules_2019.toml.

    Raises Refusal `file_unreadable`, `suspicion_rules_wrong`.
    """
    try:
        return rules_of(tomllib.loads(file.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refusal("file_unreadable", file=str(file), reason=" ".join(str(error).split())) from error


def rules_of(given: Mapping[str, Any]) -> Rules:
    """Rules from plain values: by rule, a list of its dated sets.

    Raises Refusal `suspicion_rules_wrong` with rule and field.
    """
    sets = []
    for rule, tables in given.items():
        if rule not in FIGURES or not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
            raise Refusal("suspicion_rules_wrong", rule=rule, field="")
        sets += [_dated(rule, table) for table in tables]
    if not any(one.rule == HOLD for one in sets):
        raise Refusal("suspicion_rules_wrong", rule=HOLD, field="")
    return Rules(tuple(sets))


def _dated(rule: str, table: Mapping[str, Any]) -> DatedSet:
    wanted = FIGURES[rule]
    if wrong := sorted({"starts_on", *wanted} ^ set(table)):
        raise Refusal("suspicion_rules_wrong", rule=rule, field=wrong[0])
    starts_on = table["starts_on"]
    if not isinstance(starts_on, date) or isinstance(starts_on, datetime):
        raise Refusal("suspicion_rules_wrong", rule=rule, field="starts_on")
    figures = {}
    for name, kind in wanted.items():
        figures[name] = _figure(table[name], kind)
        if figures[name] is None:
            raise Refusal("suspicion_rules_wrong", rule=rule, field=name)
    return DatedSet(rule, starts_on, figures)


def _figure(value: Any, kind: type) -> Any:
    """The value as its kind, or None if it is none: figures are positive, a list of them is not empty."""
    if kind in (list, str):
        inside = int if kind is list else str
        is_list = isinstance(value, list) and bool(value)
        is_sound = is_list and all(type(one) is inside and one for one in value)
        return value if is_sound and (kind is str or min(value) > 0) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        return None
    return float(value) if kind is float else value if isinstance(value, int) else None
