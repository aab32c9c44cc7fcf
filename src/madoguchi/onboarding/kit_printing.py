"""From orders of kits to what is printed and posted: one PDF, and the list that goes with it (P-31, J-14, P-30)."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import QuerySet

from madoguchi.core.errors import Refusal
from madoguchi.jpqr import JpqrError
from madoguchi.onboarding.kit_facts import PARTS, KitDesk, KitPlace, KitService, contents, require_parts
from madoguchi.onboarding.models import Application, ApplicationPlace, Item, KitOrder
from madoguchi.people.access import Actor, require
from madoguchi.registry.codes import TownCode, stickers_of
from madoguchi.registry.models import StoreCode

if TYPE_CHECKING:
    from madoguchi.jpqr import Sticker

# One file: as many as an office packs in a day, and a minute or so of typesetting.
MAX_KITS = 1_000
# P-19; who answers for the programme stands on every letter.
DESK = KitDesk(
    name="キャッシュレス窓口 事務局",
    name_en="Programme office, Madoguchi",
    phone="0570-000655",
    hours="平日10時から18時",
    hours_en="weekdays 10:00 to 18:00",
)
# In the order in which they lie in the file. Logo stickers carry no code and are typeset apart.
PARTS_OF_KIND: Mapping[str, tuple[str, ...]] = {
    "first": PARTS,
    "extra": ("letter", "stickers"),
    "poster": ("letter", "poster"),
    "logos": (),
}
PER_SHEET = 20
KIND_NAMES = {"first": "スターターキット", "extra": "追加のシール", "poster": "ポスター", "logos": "サービス名のシール"}
DISPATCH_HEAD = (
    "番号",
    "内容",
    "郵便番号",
    "住所",
    "宛名",
    "事業者",
    "店舗・施設",
    "枚数",
    "PDFの最初のページ",
    "PDFの最後のページ",
    "受付番号",
)


@dataclass(frozen=True)
class Kit:
    """An order with what its sheets say."""

    order: KitOrder
    place: KitPlace

    @property
    def is_printable(self) -> bool:
        """Whether there is something to print: services, and a code that stickers show."""
        return bool(self.place.services) and (self.order.kind == "logos" or self.place.sticker is not None)

    @property
    def sheets(self) -> int:
        """Pages of the PDF."""
        if self.order.kind == "logos":
            return -(-len(self.place.services) // PER_SHEET)
        return sum(contents(self.place, _asked(self.order)).values())


def kit_orders(
    actor: Actor, *, state: str = "waiting", kind: str = "", prefecture: str = "", until: datetime | None = None
) -> QuerySet[KitOrder]:
    """Orders in a state, those that wait longest first; `until` leaves out what was ordered after a list was shown.

    `prefecture` is the two first digits of its municipalities' codes. Raises Refusal `not_allowed`.
    """
    require(actor, "office.read")
    rows = KitOrder.objects.filter(state=state).select_related("place__application", "place__municipality")
    if kind:
        rows = rows.filter(kind=kind)
    if prefecture:
        rows = rows.filter(place__municipality__code__startswith=prefecture)
    if until is not None:
        rows = rows.filter(ordered_at__lte=until)
    return rows.order_by("ordered_at", "id") if state == "waiting" else rows.order_by("-sent_on", "-id")


def kits_of(orders: QuerySet[KitOrder], day: date) -> list[Kit]:
    """The orders as they are printed on `day`; a few queries, however many. Raises Refusal `kits_too_many`."""
    wanted = orders.select_related(
        "place__application__organisation",
        "place__application__rule_version",
        "place__municipality",
        "place__place",
    )
    rows = list(wanted[: MAX_KITS + 1])
    if len(rows) > MAX_KITS:
        raise Refusal("kits_too_many", limit=MAX_KITS)
    services = _services([row.place_id for row in rows])
    stickers = _stickers([row.place for row in rows])
    return [Kit(row, _kit_place(row.place, services[row.place_id], stickers.get(row.place_id))) for row in rows]


def in_print_order(kits: Iterable[Kit]) -> list[Kit]:
    """Printable kits as their pages come: kind by kind, each sorted for posting."""
    from madoguchi.onboarding.kit_layout import sorted_kits

    found = []
    for group in _groups(kits):
        by_place = {id(kit.place): kit for kit in group}
        found += [by_place[id(place)] for place in sorted_kits(kit.place for kit in group)]
    return found


def kits_pdf(kits: Sequence[Kit], day: date) -> bytes:
    """Everything of these orders as one PDF, in the order of `dispatch_table`.

    Raises Refusal `kit_empty`, and as `kit.kit_pdf`.
    """
    import pikepdf

    from madoguchi.onboarding.kit import kit_pdf, logo_stickers_pdf  # only who prints waits for the typesetter

    bound = pikepdf.new()
    sources = []
    for group in _groups(kits):
        places, order = [kit.place for kit in group], group[0].order
        if order.kind == "logos":
            made = logo_stickers_pdf(places, day=day)
        else:
            parts = PARTS_OF_KIND[order.kind]
            made = kit_pdf(places, desk=DESK, day=day, parts=parts, copies=_copies(order))
        sources.append(pikepdf.open(io.BytesIO(made)))
        bound.pages.extend(sources[-1].pages)
    if not sources:
        raise Refusal("kit_empty")
    file = io.BytesIO()
    bound.save(file, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return file.getvalue()


def dispatch_table(kits: Sequence[Kit]) -> tuple[list[str], list[list[object]]]:
    """Who gets what, in the order of the PDF's pages: head, rows, and a row of sums."""
    rows: list[list[object]] = []
    page = 0
    for kit in in_print_order(kits):
        place, application = kit.place, kit.order.place.application
        to = place.recipient or f"{place.place_name} 御中"
        row: list[object] = [len(rows) + 1, KIND_NAMES[kit.order.kind], _written(place.postal_code), place.address, to]
        pages = [kit.sheets, page + 1, page + kit.sheets]
        rows.append([*row, place.organisation, place.place_name, *pages, application.reference])
        page += kit.sheets
    rows.append(["計", "", "", "", "", "", f"{len(rows)}件", page, "", "", ""])
    return list(DISPATCH_HEAD), rows


def _groups(kits: Iterable[Kit]) -> list[list[Kit]]:
    """Printable kits of one kind and as many copies; each becomes one run of pages."""
    groups: dict[tuple[int, int], list[Kit]] = defaultdict(list)
    kinds = list(PARTS_OF_KIND)
    for kit in kits:
        if kit.is_printable:
            groups[kinds.index(kit.order.kind), kit.order.copies].append(kit)
    return [groups[key] for key in sorted(groups)]


def _asked(order: KitOrder) -> dict[str, int]:
    return require_parts(PARTS_OF_KIND[order.kind], _copies(order))


def _copies(order: KitOrder) -> dict[str, int]:
    # What an applicant asks for more of is sheets with its code; of everything else there is one.
    return {"stickers": order.copies} if order.kind == "extra" else {}


def _kit_place(place: ApplicationPlace, services: Sequence[KitService], sticker: Sticker | None) -> KitPlace:
    application, town = place.application, place.municipality
    rate_bps, ends_on = _rate(application)
    named = place.place or place
    return KitPlace(
        place_name=named.name,
        place_name_en=named.name_en or place.name_en,
        municipality=str(town),
        municipality_en=f"{town.name_en}, {town.prefecture_en}",
        organisation=application.organisation.name if application.organisation else application.name,
        postal_code=named.postal_code,
        address=named.address,
        recipient="",
        services=list(services),
        rate_bps=rate_bps,
        sticker=sticker,
        is_demo=application.is_demo,
        rate_ends_on=ends_on,
    )


def _rate(application: Application) -> tuple[int | None, date | None]:
    """The rate that the application's decision gave, and its last day; none for a town's fees (P-15)."""
    decision = application.decision or {}
    if application.kind == "municipality" or decision.get("outcome") != "eligible" or not decision.get("rate_bps"):
        return None, None
    version = application.rule_version
    ends_on = version.content.get("ends_on") if version else None
    return int(decision["rate_bps"]), date.fromisoformat(ends_on) if ends_on else None


def _services(place_ids: Sequence[UUID]) -> dict[UUID, list[KitService]]:
    """By place, its approved services and those of the places it stands for, each from its first day (P-30)."""
    stands_for = {identifier: identifier for identifier in place_ids}
    frontier = list(stands_for)
    while frontier:
        rows = ApplicationPlace.objects.filter(merged_into__in=frontier).values_list("id", "merged_into")
        frontier = []
        for identifier, into in rows:
            if into is not None and identifier not in stands_for:
                stands_for[identifier] = stands_for[into]
                frontier.append(identifier)
    starts: dict[UUID, dict[str, list[date]]] = defaultdict(lambda: defaultdict(list))
    items = Item.objects.filter(place__in=list(stands_for), state="approved")
    for identifier, name, starts_on in items.order_by("service__name").values_list(
        "place_id", "service__name", "starts_on"
    ):
        if starts_on is not None:
            starts[stands_for[identifier]][name].append(starts_on)
    found: dict[UUID, list[KitService]] = defaultdict(list)
    for identifier, by_name in starts.items():
        found[identifier] = [KitService(name, min(days)) for name, days in by_name.items()]
    return found


def _stickers(places: Sequence[ApplicationPlace]) -> dict[UUID, Sticker]:
    """By place applied for, the sticker of its code; none where there is no open code, or its facts make none."""
    rows = StoreCode.objects.select_related("place__municipality", "place__operator")
    wanted = {place.place_id for place in places if place.place_id}
    codes = {(code.place_id, code.principal_id): code for code in rows.filter(place__in=wanted, is_closed=False)}
    by_principal: dict[UUID, list[tuple[UUID, TownCode]]] = defaultdict(list)
    for place in places:
        principal_id = place.application.organisation_id
        if place.place_id and principal_id and (code := codes.get((place.place_id, principal_id))):
            # The kit says itself which services there are, also those that begin later.
            by_principal[principal_id].append((place.id, TownCode(code, (), "ready")))
    found: dict[UUID, Sticker] = {}
    for named in by_principal.values():
        found |= _drawn(named)
    return found


def _drawn(named: Sequence[tuple[UUID, TownCode]]) -> dict[UUID, Sticker]:
    try:
        made = stickers_of(row for _, row in named)
    except JpqrError:
        # Among several one has facts that make no code: the others are printed all the same.
        return {} if len(named) == 1 else {key: one for pair in named for key, one in _drawn([pair]).items()}
    return {identifier: replace(sticker) for (identifier, _), sticker in zip(named, made, strict=True)}


def _written(postal_code: str) -> str:
    return f"{postal_code[:3]}-{postal_code[3:]}" if len(postal_code) == 7 else postal_code
