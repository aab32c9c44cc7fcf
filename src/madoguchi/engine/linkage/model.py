"""The linkage model: what can agree between two registrations, and how much each agreement weighs (ADR 0014)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from madoguchi.core.errors import Refusal
from madoguchi.engine.linkage.blocking import KEYS
from madoguchi.engine.linkage.words import CLOSING, TRADE

# log2 of the odds that two registrations drawn from the country are one place: 730,000 registrations, about 1.8 of each
# place. Fixed, so that a pair's probability does not depend on what else is in the file.
PRIOR_BITS = -18.6


@dataclass(frozen=True)
class Level:
    """One grade of agreement: `m` of true pairs have it, and it moves the odds by `bits` (log2).

    Within a comparison no two levels have the same `bits`: by its weight a level is known again in Splink's output.
    """

    name: str
    condition: str
    m: float | None
    bits: float

    def as_splink(self) -> dict[str, Any]:
        """The level as Splink's settings have it. `u` is fixed by hand through `bits`: bits = log2(m / u)."""
        level: dict[str, Any] = {"sql_condition": self.condition, "label_for_charts": self.name}
        if self.name == UNKNOWN:
            return {**level, "is_null_level": True}
        if self.m is None:
            return level
        return {**level, "m_probability": self.m, "u_probability": self.m / 2.0**self.bits}


UNKNOWN = "unknown"

# Written once and used in several levels; DuckDB macros, so that Splink passes them on as they are. A swap is one slip
# to damerau_levenshtein and two to levenshtein, which is five times as fast and rules most pairs out.
MACROS = f"""
create or replace macro apart(prefecture_l, prefecture_r, municipality_l, municipality_r, ward_l, ward_r) as
    coalesce(prefecture_l <> prefecture_r, false) or coalesce(municipality_l <> municipality_r, false)
    or coalesce(ward_l <> ward_r, false);
create or replace macro numbers_agree(a, b) as
    (contains(a, '-') and starts_with(b, a || '-')) or (contains(b, '-') and starts_with(a, b || '-'));
create or replace macro towns_alike(a, b) as
    (least(len(a), len(b)) >= 2 and (starts_with(a, b) or starts_with(b, a)))
    or (least(len(a), len(b)) >= 3 and abs(len(a) - len(b)) <= 1 and levenshtein(a, b) <= 1);
create or replace macro one_slip(a, b) as
    abs(len(a) - len(b)) <= 1 and levenshtein(a, b) <= 2 and damerau_levenshtein(a, b) <= 1;
create or replace macro says_a_branch_more(long, short) as
    len(short) >= 2 and starts_with(long, short)
    and regexp_matches(substr(long, len(short) + 1), '{CLOSING}')
    and not regexp_matches(substr(long, len(short) + 1), '{TRADE}');
"""

_APART = "apart(prefecture_l, prefecture_r, municipality_l, municipality_r, ward_l, ward_r)"
# 甘楽町小幡 of an address without 郡 or prefecture may be a town of that name, or 小幡 in 甘楽町.
_TOWN_HOLDS_MUNICIPALITY = (
    "(municipality_l is null and town_l = municipality_r || town_r"
    " or municipality_r is null and town_r = municipality_l || town_l)"
)
_SAME_TOWN = "(town_l = town_r or coalesce(postal_code_l = postal_code_r, false))"
# Both names end as a branch's does and begin alike: 〇〇富岡店 and 〇〇高崎店, but also 山田酒店 and 山田書店.
_BRANCHES = "(closes_l and closes_r and beginning_l = beginning_r)"

NAME = (
    Level(UNKNOWN, "name_l is null or name_r is null", None, 0),
    Level("same", "name_l = name_r", 0.72, 13),
    Level("branch_left_out", "says_a_branch_more(name_l, name_r) or says_a_branch_more(name_r, name_l)", 0.06, 10),
    Level("same_reading", f"kana_l = kana_r and not {_BRANCHES}", 0.05, 9.5),
    # With equal readings a slip is the level above; with readings that differ it may be two names (理容室, 美容室), and
    # where the first character differs two families (佐藤, 加藤).
    Level(
        "one_slip",
        f"not {_BRANCHES} and marks_l = marks_r and (kana_l is null or kana_r is null)"
        " and left(name_l, 1) = left(name_r, 1) and least(len(name_l), len(name_r)) >= 5 and one_slip(name_l, name_r)",
        0.05,
        5.5,
    ),
    Level("short_slip", "least(len(name_l), len(name_r)) >= 3 and one_slip(name_l, name_r)", 0.03, 5),
    Level("other_branch", _BRANCHES, 0.01, -4),
    Level(
        "alike",
        "(least(len(name_l), len(name_r)) >= 2 and (starts_with(name_l, name_r) or starts_with(name_r, name_l)))"
        " or (least(len(name_l), len(name_r)) >= 3 and (contains(name_l, name_r) or contains(name_r, name_l)))"
        " or (least(len(name_l), len(name_r)) >= 4 and jaro_winkler_similarity(name_l, name_r) >= 0.85)"
        " or (least(len(kana_l), len(kana_r)) >= 5 and one_slip(kana_l, kana_r))",
        0.06,
        4,
    ),
    Level("other", "else", 0.0075, -7),
)

PLACE = (
    Level(
        "same_spot",
        f"not {_APART} and municipality_l = municipality_r and town_l = town_r and numbers_l = numbers_r",
        0.72,
        20,
    ),
    Level(
        "same_spot_written_shorter",
        f"(town_l = town_r and numbers_l = numbers_r and (not {_APART} or postal_code_l = postal_code_r))"
        f" or (not {_APART} and town_l = town_r and numbers_agree(numbers_l, numbers_r))"
        f" or (not {_APART} and numbers_l = numbers_r and len(numbers_l) >= 3"
        " and (towns_alike(town_l, town_r) or postal_code_l = postal_code_r))"
        f" or ({_TOWN_HOLDS_MUNICIPALITY} and numbers_l = numbers_r)",
        0.14,
        # With another telephone just not sure: behind 1-2 there may be 1-2-3 and 1-2-4.
        15.5,
    ),
    Level("elsewhere", _APART, 0.00006, -14),
    Level("only_municipality", "(town_l is null or town_r is null) and municipality_l = municipality_r", 0.03, 6.2),
    Level(UNKNOWN, "town_l is null or town_r is null", None, 0),
    Level(
        "same_town",
        f"{_SAME_TOWN} and (numbers_l is null or numbers_r is null"
        " or starts_with(numbers_l, numbers_r || '-') or starts_with(numbers_r, numbers_l || '-'))",
        0.04,
        8,
    ),
    Level(
        "number_slip",
        f"{_SAME_TOWN} and least(len(numbers_l), len(numbers_r)) >= 3 and one_slip(numbers_l, numbers_r)",
        0.03,
        6,
    ),
    Level("same_number_other_town", "numbers_l = numbers_r and contains(numbers_l, '-')", 0.01, 3),
    Level("other_number", _SAME_TOWN, 0.016, -1),
    Level("other_town", "else", 0.01, -6),
)

PHONE = (
    Level(UNKNOWN, "phone_l is null or phone_r is null", None, 0),
    Level("same", "phone_l = phone_r", 0.89, 11),
    Level("one_slip", "one_slip(phone_l, phone_r)", 0.03, 4),
    Level("other", "else", 0.08, -3.5),
)

CORPORATE_NUMBER = (
    Level(UNKNOWN, "corporate_number_l is null or corporate_number_r is null", None, 0),
    # A branch has its company's number: the same number says little about the place.
    Level("same", "corporate_number_l = corporate_number_r", 0.97, 3),
    Level("other", "else", 0.03, -5),
)

COMPARISONS = {"name": NAME, "place": PLACE, "phone": PHONE, "corporate_number": CORPORATE_NUMBER}

# Independence fails for chains: name, phone and corporate number of two branches all agree. A pair is merged without a
# person only if its names and its places agree, each for itself; whatever the rest says, other pairs stay below.
NAMES_THAT_AGREE = ("same", "branch_left_out", "same_reading", "one_slip")
PLACES_THAT_AGREE = ("same_spot", "same_spot_written_shorter", "same_town")
DOUBTED_AT_MOST = 0.98
# A chain's two shops in one town share its telephone; with the branch left out only a house number tells them apart.
DOUBTED_TOGETHER = (("branch_left_out", "same_town"),)
# Two rows of which this is true are never in one automatic cluster, not even through a third.
CONTRADICTING_NAMES = ("short_slip", "other_branch")
CONTRADICTING_PLACES = ("elsewhere", "number_slip", "other_number", "other_town", "same_number_other_town")


def weight_of(level: Level) -> int:
    """A level's weight in thousandths of a bit, by which it is known in scored pairs."""
    return round(level.bits * 1000)


def _any_of(comparison: str, levels: Sequence[str]) -> str:
    weights = ", ".join(str(weight_of(level)) for level in COMPARISONS[comparison] if level.name in levels)
    return f"round(mw_{comparison} * 1000) in ({weights})"


def agrees_sql() -> str:
    """SQL over scored pairs: names agree and places agree, each for itself."""
    together = " or ".join(f"({_any_of('name', [n])} and {_any_of('place', [p])})" for n, p in DOUBTED_TOGETHER)
    return f"{_any_of('name', NAMES_THAT_AGREE)} and {_any_of('place', PLACES_THAT_AGREE)} and not ({together})"


def contradicts_sql() -> str:
    """SQL over scored pairs: names or places that cannot be one place's."""
    return f"({_any_of('name', CONTRADICTING_NAMES)} or {_any_of('place', CONTRADICTING_PLACES)})"


def settings(*, keys: Sequence[str] = KEYS) -> dict[str, Any]:
    """The model as Splink's settings. Pairs come from rows that share one of the columns `keys`."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "row",
        "probability_two_random_records_match": 1.0 / (1.0 + 2.0**-PRIOR_BITS),
        "blocking_rules_to_generate_predictions": [{"blocking_rule": f"l.{key} = r.{key}"} for key in keys],
        "comparisons": [
            {"output_column_name": name, "comparison_levels": [level.as_splink() for level in levels]}
            for name, levels in COMPARISONS.items()
        ],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": True,
    }


def require_trained(model: dict[str, Any]) -> None:
    """Refuse a model (as Splink saves it) with a level that has no m or no u.

    Splink only warns and goes on with defaults, which cost a fifth of the recall in a trial.
    Raises Refusal `linkage_level_untrained`.
    """
    for comparison in model["comparisons"]:
        for level in comparison["comparison_levels"]:
            if level.get("is_null_level"):
                continue
            for value in ("m_probability", "u_probability"):
                if not 0 < (level.get(value) or 0) <= 1:
                    raise Refusal(
                        "linkage_level_untrained",
                        comparison=comparison["output_column_name"],
                        level=level["label_for_charts"],
                        value=value[0],
                    )
