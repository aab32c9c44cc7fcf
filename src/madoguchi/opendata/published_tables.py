"""Printed tables in the database: imported whole or not at all, each print of a table a version of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from importlib.resources import files

from django.db import transaction

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.engine.published import Mapping, Official, PrintedTable, read_mapping, read_printed
from madoguchi.events.actions import record
from madoguchi.opendata.models import PublishedRow, PublishedTable
from madoguchi.people.access import Actor, require, system_actor
from madoguchi.registry.loading import table as reference_table

NOTICE = "notice_2019-10-02_as_printed.txt"
NOTICE_MAPPINGS = ("applications_2019-10-02.toml", "registrations_2019-10-02.toml")


def read_table(text: str, mapping: Mapping) -> PrintedTable:
    """Read and check a printed table against the official names of today; nothing is stored."""
    return read_printed(text, mapping, _official())


def import_table(*, actor: Actor, text: str, mapping: Mapping) -> PublishedTable:
    """Read a printed table out of `text`, check it and publish it as the next version of its name (P-44).

    The same print again gives the table that is there. Raises Refusal `not_allowed`, or `table_not_accepted` with
    `problems` (line, code, text, facts, ja, en) if a name or a sum does not hold; then nothing is stored.
    """
    return import_tables(actor=actor, text=text, mappings=[mapping])[0]


@transaction.atomic
def import_tables(*, actor: Actor, text: str, mappings: Iterable[Mapping]) -> list[PublishedTable]:
    """Import several tables out of one text, all or none; see `import_table`."""
    require(actor, "opendata.write")
    printed = [read_table(text, mapping) for mapping in mappings]
    problems = [{"table": table.mapping.name, **problem.as_facts()} for table in printed for problem in table.problems]
    if problems:
        raise Refusal("table_not_accepted", problems=problems)
    return [_stored(actor, table) for table in printed]


def load_published() -> list[PublishedTable]:
    """Import the tables that the project carries, where no table of their name is there yet; returns the new ones."""
    known = set(PublishedTable.objects.values_list("name", flat=True))
    wanted = [mapping for mapping in notice_mappings() if mapping.name not in known]
    return import_tables(actor=system_actor("setup"), text=notice_text(), mappings=wanted)


def notice_text() -> str:
    """The two tables of the notice as printed; a line has here the number it has in the notice's text."""
    return _carried(NOTICE)


def notice_mappings() -> list[Mapping]:
    """How the notice's two tables are read."""
    return [read_mapping(_carried(name)) for name in NOTICE_MAPPINGS]


def tables() -> list[PublishedTable]:
    """Every version of every table; within a name the newest first (see `newest`)."""
    return list(PublishedTable.objects.order_by("name", "-as_of_on", "-version"))


def newest(name: str) -> PublishedTable:
    """The table of this name with the latest date, in its last version. Raises Refusal `published_table_unknown`."""
    found = PublishedTable.objects.filter(name=name).order_by("-as_of_on", "-version").first()
    if found is None:
        raise Refusal("published_table_unknown", table=name)
    return found


def rows_of(table: PublishedTable) -> list[PublishedRow]:
    """Its rows in the order of the print."""
    return list(table.rows.order_by("position"))


def _stored(actor: Actor, printed: PrintedTable) -> PublishedTable:
    mapping = printed.mapping
    earlier = PublishedTable.objects.select_for_update().filter(name=mapping.name).order_by("-version")
    if same := next((table for table in earlier if table.sha256 == printed.sha256), None):
        return same
    last = earlier.first()
    table = PublishedTable.objects.create(
        name=mapping.name,
        version=last.version + 1 if last else 1,
        as_of_on=mapping.as_of_on,
        title=mapping.title,
        title_en=mapping.title_en,
        source=mapping.source,
        sha256=printed.sha256,
        level=mapping.level,
        columns=[asdict(column) for column in mapping.figures],
        totals=printed.total,
        repairs=[asdict(repair) for repair in printed.repairs],
        notes=[asdict(note) for note in mapping.notes],
        imported_at=now(),
        imported_by=str(actor),
    )
    PublishedRow.objects.bulk_create(
        PublishedRow(
            table=table,
            position=position,
            code=row.code,
            prefecture=row.prefecture,
            municipality=row.name,
            as_printed_prefecture=row.as_printed_prefecture,
            as_printed=row.as_printed,
            figures=row.figures,
        )
        for position, row in enumerate(printed.rows, 1)
    )
    record(
        actor,
        "published_table.imported",
        table.id,
        table=mapping.name,
        version=table.version,
        sha256=printed.sha256,
        rows=len(printed.rows),
        repairs=len(printed.repairs),
        totals=printed.total,
    )
    return table


@cache
def _official() -> Official:
    return Official.from_rows(reference_table("prefectures.csv"), reference_table("municipalities.csv"))


def _carried(name: str) -> str:
    return files("madoguchi.opendata").joinpath("data", name).read_text(encoding="utf-8")
