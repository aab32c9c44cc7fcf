"""What an approved place gets by post, as PDF: a letter, its code, stickers, a poster and warnings."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pikepdf

from madoguchi.core.errors import Refusal
from madoguchi.jpqr.errors import JpqrError
from madoguchi.jpqr.sticker import inputs_of, sheet_pdf, template, typeset
from madoguchi.onboarding import kit_layout
from madoguchi.onboarding.kit_binding import PER_SHEET, Binding
from madoguchi.onboarding.kit_dispatch import dispatch_csv, dispatch_rows, dispatch_xlsx
from madoguchi.onboarding.kit_facts import PARTS, KitDesk, KitPlace, KitService, contents, require_parts

__all__ = [
    "PARTS",
    "KitDesk",
    "KitPlace",
    "KitService",
    "dispatch_csv",
    "dispatch_rows",
    "dispatch_xlsx",
    "kit_pdf",
    "logo_stickers_pdf",
]

if TYPE_CHECKING:
    from madoguchi.jpqr.layout import Sticker

TITLE = "スターターキット / Start kit"
LOGO_TITLE = "サービス名のシール / Stickers with services' names"
# Places typeset at once: by forties it takes as long and a fifth more memory, by tens a tenth more to store.
BATCH = 20
_TEMPLATES = ("kit", "kit_letter", "kit_poster", "kit_sheets", "kit_labels", "kit_pages")
_SAME_EVERYWHERE = ("caution", "fraud")
_OF_LABELS = ("stickers", "rate_stickers")

_CUTS: dict[str, Any] = {"kind": "cuts", "is_test": False}

Facts = dict[str, Any]
Packed = tuple[KitPlace, dict[str, int]]
Progress = Callable[[int, int], None]
One = TypeVar("One")


def kit_pdf(
    places: Sequence[KitPlace],
    *,
    desk: KitDesk,
    day: date,
    parts: Iterable[str] = PARTS,
    copies: Mapping[str, int] | None = None,
    on_progress: Progress | None = None,
) -> bytes:
    """The kits of some places as one PDF to print, place after place in posting order (P-31, P-32, P-33, J-14).

    Each has, as far as asked for by `parts`: a letter with the address for a window envelope, the A5 stand and an A4
    sheet of 20 stickers with the code, a sheet of 20 stickers with the rate, the poster, the notice on foreign cards
    and the warning of fraud. The rate's stickers and the notice are left out where nothing is rewarded (P-15). `copies`
    are sheets of a part for each place, 1 to 100, one if not named. `day` is the letter's date; services that start
    later show theirs (P-26). `on_progress` hears how many places of how many are done. The same places, in whatever
    order, give the same bytes.

    Raises Refusal `kit_empty`, `kit_without_code` (nothing is printed for a place without a store identifier),
    `kit_wrong_parts`, `kit_wrong_copies`, and `sheet_impossible` with what does not fit or cannot be drawn.
    """
    sheets = require_parts(parts, copies)
    without = [one.place_name for one in places if one.sticker is None]
    if without:
        raise Refusal("kit_without_code", places="、".join(without[:3]), count=len(without))
    packed = [(place, found) for place in kit_layout.sorted_kits(places) if (found := contents(place, sheets))]
    if not packed:
        raise Refusal("kit_empty")
    with _impossible_if_wrong():
        packed = [(kit_layout.shown(place), found) for place, found in packed]
        return _bound(packed, kit_layout.desk_facts(desk), day, on_progress)


def logo_stickers_pdf(places: Sequence[KitPlace], *, day: date, on_progress: Progress | None = None) -> bytes:
    """Stickers of 50 mm with the name of each service now under a place's one code, 20 to an A4 page (P-30).

    Places come in posting order, each on sheets of its own, its services in turn until a sheet is full. They carry
    no code, so places without a store identifier get them too. Raises Refusal `kit_empty`, `sheet_impossible`.
    """
    if not places:
        raise Refusal("kit_empty")
    with _impossible_if_wrong():
        in_order = [kit_layout.shown(one) for one in kit_layout.sorted_kits(places)]
        binding = Binding(LOGO_TITLE)
        binding.set_cuts(*binding.opened(typeset(_source(), _inputs([_CUTS], {}), is_tagged=False), 1))
        labels = (
            (batch, [_sheet("logos", kit_layout.logo_facts(one, each, day)) for one in batch for each in one.services])
            for batch in _batches(in_order)
        )
        done = 0
        for batch, pages in _typeset(binding, labels, {}):
            for place in batch:
                stickers = [binding.sticker(next(pages)) for _ in place.services]
                in_turn = itertools.cycle(stickers)
                for _ in range(-(-len(stickers) // PER_SHEET)):
                    binding.add_sheet(list(itertools.islice(in_turn, PER_SHEET)), 1)
            done += len(batch)
            (on_progress or _unheard)(done, len(in_order))
        return binding.closed()


def _bound(packed: Sequence[Packed], desk: Facts, day: date, on_progress: Progress | None) -> bytes:
    """The kits' pages, typeset in batches and put in their order."""
    binding = Binding(TITLE)
    stands = _stands(binding, packed, day)
    common = [(kind, is_test) for kind in _SAME_EVERYWHERE for is_test in (False, True)]
    sheets = [*(_sheet(kind, {"is_test": is_test}) for kind, is_test in common), _CUTS]
    *same, cuts = binding.opened(typeset(_source(), _inputs(sheets, desk), is_tagged=False), len(sheets))
    binding.set_cuts(cuts)
    every = dict(zip(common, same, strict=True))
    own = ((batch, [one for each in batch for one in _own_sheets(*each, day)]) for batch in _batches(packed))
    done = 0
    for batch, pages in _typeset(binding, own, desk):
        for place, found in batch:
            for part, count in found.items():
                if part in _SAME_EVERYWHERE:
                    binding.add(every[part, place.is_test], count)
                elif part in _OF_LABELS:
                    binding.add_sheet([binding.sticker(next(pages))] * PER_SHEET, count)
                else:
                    binding.add(next(stands if part == "stand" else pages), count)
        done += len(batch)
        (on_progress or _unheard)(done, len(packed))
    return binding.closed()


def _stands(binding: Binding, packed: Sequence[Packed], day: date) -> Iterator[pikepdf.Object]:
    """A5 stands of those places that get one, in their order."""
    # Numbered by what stickers are sorted by first, so that their order is ours.
    stickers = [
        replace(kit_layout.stand_sticker(place, sticker, day), postal_code=f"{at:07}")
        for at, (place, found) in enumerate(packed)
        if "stand" in found and (sticker := place.sticker)
    ]
    return iter(binding.opened(sheet_pdf(stickers, format="a5"), len(stickers)) if stickers else ())


def _own_sheets(place: KitPlace, found: Mapping[str, int], day: date) -> list[Facts]:
    """The pages to typeset for one place alone, in the order of its parts."""
    drawn: dict[str, Callable[[], Facts]] = {
        "letter": lambda: kit_layout.letter_facts(place, found, day),
        "stickers": lambda: kit_layout.label_facts(place, cast("Sticker", place.sticker), day),
        "rate_stickers": lambda: kit_layout.rate_facts(place),
        "poster": lambda: kit_layout.poster_facts(place, day),
    }
    with kit_layout.named(place):
        return [_sheet(part, drawn[part]()) for part in found if part in drawn]


def _sheet(kind: str, facts: Facts) -> Facts:
    return {"kind": kind, **facts}


def _batches(whole: Sequence[One]) -> Iterator[Sequence[One]]:
    return (whole[start : start + BATCH] for start in range(0, len(whole), BATCH))


def _typeset(
    binding: Binding, batches: Iterable[tuple[One, list[Facts]]], desk: Facts
) -> Iterator[tuple[One, Iterator[pikepdf.Object]]]:
    """Each batch with a page for each of its sheets; the next is measured and drawn while one is typeset."""

    def opened(typeset_before: tuple[One, int, Future[bytes] | None]) -> tuple[One, Iterator[pikepdf.Object]]:
        batch, count, document = typeset_before
        return batch, iter(binding.opened(document.result(), count) if document else ())

    with ThreadPoolExecutor(1, "typesetter") as typesetter:
        before = None
        for batch, sheets in batches:
            # Of no sheets at all, typesetting makes an empty one.
            document = typesetter.submit(typeset, _source(), _inputs(sheets, desk), is_tagged=False) if sheets else None
            if before is not None:
                yield opened(before)
            before = batch, len(sheets), document
        if before is not None:
            yield opened(before)


def _inputs(sheets: Sequence[Facts], desk: Facts) -> dict[str, str]:
    """What the templates read; no sheet of the stickers' own."""
    numbered = [{**one, "symbol": f"symbol {at}"} if "payload" in one else one for at, one in enumerate(sheets)]
    inputs = inputs_of([one for one in numbered if "payload" in one], "sticker", is_tagged=False)
    return inputs | {"stickers": "[]", "sheets": json.dumps(numbered), "desk": json.dumps(desk)}


@functools.cache
def _source() -> bytes:
    """The stickers' own templates, which draw no sheet while they are given none, and then the kit's."""
    folder = resources.files("madoguchi.onboarding")
    own = [folder.joinpath(f"{name}.typ").read_bytes() for name in _TEMPLATES]
    return b"\n".join([template("sticker"), template("label"), *own])


@contextmanager
def _impossible_if_wrong() -> Iterator[None]:
    try:
        yield
    except JpqrError as error:
        raise Refusal("sheet_impossible", reason=error.message) from error


def _unheard(done: int, total: int) -> None:
    pass
