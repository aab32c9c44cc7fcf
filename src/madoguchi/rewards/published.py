"""What anybody may read of a campaign: its terms, and figures in which nobody's own payments can be told apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from madoguchi.core.clock import today
from madoguchi.core.errors import Refusal
from madoguchi.registry.models import Municipality, Service
from madoguchi.rewards.budget import WHOLE_BPS, forecast
from madoguchi.rewards.campaigns import services_of, terms_of
from madoguchi.rewards.models import Campaign, Run
from madoguchi.rewards.queries import Budget, every_day, public_campaigns
from madoguchi.rewards.runs import last_approved

# Fewer payments than these are never told by themselves: whoever made one of two knows the other.
FEWEST_PAYMENTS = 5
PREFECTURE_DIGITS = 2
STAGES = ("under_way", "coming", "over", "stopped")


class Sums(NamedTuple):
    """Payments with points, the yen they were granted for, and the points."""

    payments: int
    base_yen: int
    granted_points: int

    def with_more(self, other: Sums) -> Sums:
        """Both together."""
        return Sums(*(one + two for one, two in zip(self, other, strict=True)))


NOTHING = Sums(0, 0, 0)


class Part(NamedTuple):
    """A service's or prefecture's sums; of those that are too small together, `code` is empty and `of` has how many."""

    code: str
    sums: Sums
    of: int = 1


class Area(NamedTuple):
    """A municipality's sums. Of a prefecture's small ones together `code` is empty, of small prefectures both are."""

    prefecture: str
    code: str
    sums: Sums
    of: int = 1


class Days(NamedTuple):
    """Sums of a day, or of several where some had too few payments to be told by themselves."""

    first_on: date
    last_on: date
    sums: Sums


@dataclass(frozen=True)
class Figures:
    """What the last approved run came to. `by_service` and the others hold no part of fewer than FEWEST_PAYMENTS."""

    run: Run
    as_of: date
    sums: Sums
    budget: Budget
    by_day: list[Days]
    by_service: list[Part]
    by_prefecture: list[Part]
    by_municipality: list[Area]

    @property
    def used_bps(self) -> int:
        """The share of the budget that was granted, in hundredths of a percent, rounded down."""
        return self.sums.granted_points * WHOLE_BPS // self.budget.budget_points if self.budget.budget_points else 0

    @property
    def is_used_up(self) -> bool:
        """Whether no point is left."""
        return bool(self.budget.budget_points) and self.budget.left_points <= 0


def public_campaign(code: str) -> Campaign:
    """A campaign that was approved. Raises Refusal `campaign_unknown`, also where it is still a draft."""
    found = public_campaigns().filter(code=code).first()
    if found is None:
        raise Refusal("campaign_unknown")
    return found


def stage_of(campaign: Campaign) -> str:
    """One of STAGES today."""
    if campaign.state == "stopped":
        return "stopped"
    if campaign.state == "ended" or campaign.ends_on < today():
        return "over"
    return "coming" if today() < campaign.starts_on else "under_way"


def figures_of(campaign: Campaign) -> Figures | None:
    """The figures of the last approved run; None without one, or where it has too few payments in all."""
    run = last_approved(campaign)
    if run is None:
        return None
    by_day = days_together(run.figures.get("by_day", []))
    if not by_day:
        return None
    total = _added(row.sums for row in by_day)
    # The forecast is made of what is shown, or its first day would tell a day that is not.
    granted = {row.last_on: row.sums.granted_points for row in by_day}
    coming = forecast(every_day(granted, campaign), campaign.ends_on)
    budget_points = campaign.terms.get("budget_points") or 0
    areas = {str(row["municipality"] or ""): _sums(row) for row in run.figures.get("by_municipality", [])}
    prefectures, municipalities = areas_together(areas)
    return Figures(
        run=run,
        as_of=max(granted),
        sums=total,
        budget=Budget(budget_points, granted, coming, []),
        by_day=by_day,
        by_service=together({row["service_id"]: _sums(row) for row in run.figures.get("by_service", [])}),
        by_prefecture=prefectures,
        by_municipality=municipalities,
    )


def together(parts: Mapping[str, Sums]) -> list[Part]:
    """Those with most points first, those with too few payments together and last.

    If these are still too few, the next smallest joins them: else the sum of all less what is shown would tell them.
    Nothing at all where everything together is too few.
    """
    by_payments = sorted(parts, key=lambda code: (parts[code].payments, code))
    small = [code for code in by_payments if parts[code].payments < FEWEST_PAYMENTS]
    kept = by_payments[len(small) :]
    while small and kept and _added(parts[code] for code in small).payments < FEWEST_PAYMENTS:
        small.append(kept.pop(0))
    found = [Part(code, parts[code]) for code in sorted(kept, key=lambda code: (-parts[code].granted_points, code))]
    rest = _added(parts[code] for code in small)
    return [*found, Part("", rest, len(small))] if rest.payments >= FEWEST_PAYMENTS else found


def areas_together(municipalities: Mapping[str, Sums]) -> tuple[list[Part], list[Area]]:
    """Prefectures and municipalities (JIS X 0402), small ones together within their prefecture where it is shown."""
    inside: dict[str, dict[str, Sums]] = defaultdict(dict)
    for code, sums in municipalities.items():
        inside[code[:PREFECTURE_DIGITS]][code] = sums
    prefectures = together({code: _added(parts.values()) for code, parts in inside.items()})
    areas: list[Area] = []
    for prefecture in prefectures:
        if not prefecture.code:
            areas.append(Area("", "", prefecture.sums, prefecture.of))
            continue
        parts = together(inside[prefecture.code])
        areas += [Area(prefecture.code, part.code, part.sums, part.of) for part in parts]
    return prefectures, areas


def days_together(rows: Sequence[Mapping[str, Any]]) -> list[Days]:
    """Sums by day; a day with too few payments is told with those after it, the last ones with those before."""
    found: list[Days] = []
    first_on, waiting = None, NOTHING
    for row in sorted(rows, key=lambda row: str(row["day"])):
        day = date.fromisoformat(row["day"])
        first_on, waiting = first_on or day, waiting.with_more(_sums(row))
        if waiting.payments >= FEWEST_PAYMENTS:
            found.append(Days(first_on, day, waiting))
            first_on, waiting = None, NOTHING
        last_on = day
    if first_on and found:
        found[-1] = Days(found[-1].first_on, last_on, found[-1].sums.with_more(waiting))
    return found


def campaign_data(campaign: Campaign) -> dict[str, Any]:
    """A campaign as programs read it: who runs it, its days, its rate, what is used of its budget."""
    owner, figures = campaign.owner, figures_of(campaign)
    return {
        "code": campaign.code,
        "name": campaign.name,
        "name_en": campaign.name_en,
        "summary": campaign.summary,
        "summary_en": campaign.summary_en,
        # Null is the programme's office.
        "owner": owner and {"name": owner.name, "name_en": owner.name_en, "municipality": owner.municipality_id},
        "starts_on": campaign.starts_on.isoformat(),
        "ends_on": campaign.ends_on.isoformat(),
        "stage": stage_of(campaign),
        "rate_bps": campaign.terms.get("rate_bps"),
        "budget_points": campaign.terms.get("budget_points"),
        "granted_points": figures.sums.granted_points if figures else None,
        "as_of": figures.as_of.isoformat() if figures else None,
    }


def terms_data(campaign: Campaign) -> dict[str, Any]:
    """The terms and the services' table with every default written out, as the engine reads them."""
    terms, names = terms_of(campaign), service_names()
    caps = {
        name: cap and {"points": cap.points, "period": cap.period}
        for name, cap in (("place_cap", terms.place_cap), ("member_cap", terms.member_cap))
    }
    fields = ("rate_bps", "rounding", "tax_base", "tax_bps", "budget_points")
    lists = ("municipalities", "place_classes", "trades", "excluded_transactions")
    columns = ("service_id", "channel", "method", "credit_rule", "cap_amount", "cap_unit", "cap_period", "cap_scope")
    return {
        "terms": {
            **{name: getattr(terms, name) for name in fields},
            **{name: list(getattr(terms, name)) for name in lists},
            **caps,
        },
        "services": [
            {"name": names.get(row.service_id, row.service_id), **{name: getattr(row, name) for name in columns}}
            for row in services_of(campaign)
        ],
    }


def figures_data(campaign: Campaign) -> dict[str, Any] | None:
    """The figures as programs read them; None as in `figures_of`."""
    figures = figures_of(campaign)
    if figures is None:
        return None
    services, areas = service_names(), area_names(figures)
    return {
        "run": figures.run.number,
        "approved_at": figures.run.decided_at.isoformat() if figures.run.decided_at else None,
        "as_of": figures.as_of.isoformat(),
        "fewest_payments": FEWEST_PAYMENTS,
        "budget_points": figures.budget.budget_points,
        "left_points": figures.budget.left_points,
        "used_bps": figures.used_bps,
        **figures.sums._asdict(),
        "by_day": [
            {"first_on": row.first_on.isoformat(), "last_on": row.last_on.isoformat(), **row.sums._asdict()}
            for row in figures.by_day
        ],
        "by_service": [
            {"service_id": part.code or None, "name": services.get(part.code), "of": part.of, **part.sums._asdict()}
            for part in figures.by_service
        ],
        "by_prefecture": [
            {"prefecture": part.code or None, "name": _first(areas.get(part.code)), "of": part.of} | part.sums._asdict()
            for part in figures.by_prefecture
        ],
        "by_municipality": [
            {
                "prefecture": row.prefecture or None,
                "municipality": row.code or None,
                "name": _first(areas.get(row.code)),
            }
            | {"of": row.of}
            | row.sums._asdict()
            for row in figures.by_municipality
        ],
    }


def service_names() -> dict[str, str]:
    """Every service by its code."""
    return dict(Service.objects.values_list("code", "name"))


def area_names(figures: Figures) -> dict[str, tuple[str, str]]:
    """Japanese and English names of the municipalities and prefectures in these figures, by code."""
    codes = [row.code for row in figures.by_municipality if row.code]
    found = {row.code: (row.name, row.name_en) for row in Municipality.objects.filter(code__in=codes)}
    return found | prefecture_names()


def prefecture_names() -> dict[str, tuple[str, str]]:
    """Japanese and English names of the prefectures by JIS code 01 to 47."""
    rows = Municipality.objects.values_list("code", "prefecture", "prefecture_en")
    return {code[:PREFECTURE_DIGITS]: (name, name_en) for code, name, name_en in rows}


def _first(names: tuple[str, str] | None) -> str | None:
    return names[0] if names else None


def _sums(row: Mapping[str, Any]) -> Sums:
    return Sums(row["payments"], row["base_yen"], row["granted_points"])


def _added(parts: Iterable[Sums]) -> Sums:
    total = NOTHING
    for part in parts:
        total = total.with_more(part)
    return total
