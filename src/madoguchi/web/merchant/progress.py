"""How far an application is filled in: its sections with what each still lacks, and where to enter it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from madoguchi.onboarding.completeness import Gap
from madoguchi.onboarding.documents import knows_needs, needs_of
from madoguchi.onboarding.submission import gaps_of
from madoguchi.web.merchant.access import Visit
from madoguchi.web.merchant.answer_forms import section_form
from madoguchi.web.merchant.document_words import need_name
from madoguchi.web.merchant.place_forms import PlaceForm
from madoguchi.web.merchant.words import SECTIONS

# Ten thousand places may each lack something; their list names them all.
MOST_NAMED = 20


@dataclass(frozen=True)
class Missing:
    """One thing missing, in words, with the address of the field where it is entered and the rule that asks."""

    words: str
    address: str
    rule: str


@dataclass(frozen=True)
class Step:
    """A section: its name, its page, and what it lacks; `more` are those beyond the first that `missing` names."""

    key: str
    title: Any
    address: str
    count: int
    missing: Sequence[Missing]
    # What it asks for depends on an answer still to come.
    is_open: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing there."""
        return self.count == 0 and not self.is_open

    @property
    def more(self) -> int:
        """How many things are missing beyond those named."""
        return self.count - len(self.missing)


def steps_of(visit: Visit) -> list[Step]:
    """Every section of the application in the order of its pages."""
    by_section: dict[str, list[Gap]] = {key: [] for key in SECTIONS}
    for gap in gaps_of(visit.application):
        by_section[gap.section].append(gap)
    names = _place_names(visit, by_section["places"])
    return [
        Step(
            key=key,
            title=_title(visit, key),
            address=address_of(visit, key),
            count=len(found),
            missing=[_missing(visit, gap, names) for gap in found[:MOST_NAMED]],
            is_open=key == "documents" and not knows_needs(visit.application),
        )
        for key, found in by_section.items()
    ]


def address_of(visit: Visit, section: str) -> str:
    """The page of a section."""
    if section in {"places", "documents", "consent"}:
        return visit.address(section)
    return visit.address("section", section)


def next_address(visit: Visit, section: str, steps: Sequence[Step]) -> str:
    """Where a section leads on: to the next that lacks something, else to check and send."""
    position = next(index for index, step in enumerate(steps) if step.key == section)
    later = [*steps[position + 1 :], *steps[:position]]
    return next((step.address for step in later if not step.is_complete), visit.address("check"))


def _title(visit: Visit, section: str) -> Any:
    form = section_form(visit.application, section)
    return form.title if form else SECTIONS[section]


def _place_names(visit: Visit, gaps: Sequence[Gap]) -> dict[Any, str]:
    wanted = {gap.place_id for gap in gaps[:MOST_NAMED] if gap.place_id}
    return dict(visit.application.places.filter(id__in=wanted).values_list("id", "name"))


def _missing(visit: Visit, gap: Gap, names: dict[Any, str]) -> Missing:
    if gap.section == "places":
        if gap.place_id is None:
            return Missing(_("There is no place yet"), visit.address("places"), gap.rule)
        label = PlaceForm.base_fields[gap.field].label
        address = f"{visit.address('place', gap.place_id)}#id_{gap.field}"
        return Missing(f"{names.get(gap.place_id, '')}: {label}", address, gap.rule)
    if gap.section == "documents":
        words = need_name(gap.field, needs_of(visit.application))
        return Missing(words, f"{visit.address('documents')}#need-{gap.field}", gap.rule)
    if gap.section == "consent":
        return Missing(_("Your answer"), visit.address("consent"), gap.rule)
    form = section_form(visit.application, gap.section)
    label = form.base_fields[gap.field].label if form and gap.field in form.base_fields else gap.field
    return Missing(str(label), f"{visit.address('section', gap.section)}#id_{gap.field}", gap.rule)
