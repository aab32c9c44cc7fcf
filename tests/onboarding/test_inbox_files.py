"""The inbox as a file and decisions by file: good rows are done, bad ones come back with the reason beside each."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest

from madoguchi.core.clock import today
from madoguchi.core.ids import new_id
from madoguchi.onboarding.decisions import decide_all, read_decision
from madoguchi.onboarding.inbox import Wanted, inbox, item_rows
from madoguchi.onboarding.inbox_files import (
    COLUMNS,
    DECISION_COLUMNS,
    bad_rows,
    bad_rows_csv,
    bad_rows_json,
    decisions_schema,
    inbox_csv,
    inbox_json,
    inbox_schema,
    read_decisions,
)
from madoguchi.onboarding.models import Application, ApplicationPlace, Item
from madoguchi.people.access import provider_actor
from tests.conftest import refused
from tests.web.provider_desk import item_of, tofu_shop

pytestmark = pytest.mark.django_db
PAYPAY = provider_actor("paypay")


def listed(**wanted: Any) -> list[dict[str, Any]]:
    return item_rows(PAYPAY, list(inbox(PAYPAY, "paypay", Wanted(**wanted))), how="csv")


def table(data: bytes, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(encoding))))


def written(rows: list[dict[str, Any]], encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def decided(data: bytes, name: str = "decisions.csv") -> tuple[Any, list[Any]]:
    read = read_decisions(data, name)
    return read, decide_all(actor=PAYPAY, provider="paypay", given=[row for _, row in read.rows])


def tomorrow() -> str:
    return (today() + timedelta(days=1)).isoformat()


class TestDownload:
    def test_a_row_has_every_column_with_the_decision_empty(self, towns, clock):
        item = item_of(tofu_shop(registration_id="AU-1"))

        row = table(b"".join(inbox_csv(listed())))[0]

        assert tuple(row) == COLUMNS
        assert {row[name] for name in DECISION_COLUMNS} == {""}
        assert (row["item_id"], row["state"], row["service"]) == (str(item.id), "at_provider", "paypay")
        assert (row["place_name"], row["place_registration_id"]) == ("豆腐店", "AU-1")
        assert (row["applicant_name"], row["account_number"]) == ("株式会社まちの豆腐店", "1234567")
        assert row["is_used_already"] == "false"
        assert row["documents"] == "register_extract: memo.png"

    def test_a_name_that_a_spreadsheet_would_run_is_made_harmless(self, towns, clock):
        desk = tofu_shop()
        ApplicationPlace.objects.filter(id=desk.places[0].id).update(remarks="=1+1")

        assert table(b"".join(inbox_csv(listed())))[0]["place_remarks"] == "'=1+1"

    def test_it_opens_in_an_old_excel_too(self, towns, clock):
        tofu_shop()

        row = table(b"".join(inbox_csv(listed(), encoding="cp932")), "cp932")[0]

        assert row["place_name"] == "豆腐店"

    def test_json_has_the_rows_of_the_api(self, towns, clock):
        tofu_shop()
        rows = listed()

        assert json.loads(inbox_json(rows)) == {"items": rows}

    def test_what_is_written_keeps_to_the_published_schema(self, towns, clock):
        tofu_shop()
        schema, row = inbox_schema(), listed()[0]
        told = schema["properties"]["items"]["items"]["properties"]

        assert set(row) == set(told)
        assert set(row["place"]) == set(told["place"]["properties"])
        assert set(row["applicant"]) == set(told["applicant"]["properties"])
        assert set(row["account"]) == set(told["account"]["properties"])
        assert schema["x-csv-columns"] == list(COLUMNS)


class TestThereAndBack:
    """The file that was downloaded, filled in, is the file that is sent."""

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
    def test_csv(self, towns, clock, encoding):
        item = item_of(tofu_shop())
        row = table(b"".join(inbox_csv(listed(), encoding=encoding)), encoding)[0]
        filled = {**row, "decision": "approve", "starts_on": tomorrow(), "fee_bps": "198", "terms": "月2回払い"}

        _, outcomes = decided(written([filled], encoding))

        assert [(one.code, one.state) for one in outcomes] == [("", "approved")]
        item.refresh_from_db()
        assert (item.fee_bps, item.terms, item.starts_on.isoformat()) == (198, "月2回払い", tomorrow())

    def test_json(self, towns, clock):
        item = item_of(tofu_shop())
        data = json.loads(inbox_json(listed()))
        data["items"][0] |= {"decision": "refuse", "text": "対象外です"}

        _, outcomes = decided(json.dumps(data).encode(), "decisions.json")

        assert [one.state for one in outcomes] == ["refused"]
        item.refresh_from_db()
        assert item.reason == "対象外です"

    def test_rows_without_a_decision_are_left_as_they_are(self, towns, clock):
        items = [item_of(tofu_shop()), item_of(tofu_shop())]
        rows = table(b"".join(inbox_csv(listed())))
        rows[1]["decision"] = "take"

        read, _ = decided(written(rows))

        assert (len(read.rows), read.left_out) == (1, 1)
        assert [Item.objects.get(id=one.id).taken_at is None for one in items] == [True, False]

    def test_what_could_not_be_done_is_corrected_and_sent_again(self, towns, clock):
        """Only the corrected rows do something; the file of bad rows is itself a file of decisions."""
        tofu_shop()
        row = table(b"".join(inbox_csv(listed())))[0]
        read, outcomes = decided(written([{**row, "decision": "refuse"}]))
        bad = bad_rows(read, outcomes, {"reason_missing": "Write the reason."})
        assert [(one["row"], one["error"], one["error_field"]) for one in bad] == [(2, "Write the reason.", "text")]

        again = table(b"".join(bad_rows_csv(bad)))
        _, corrected = decided(written([{**again[0], "text": "対象外です"}]))
        _, as_json = decided(bad_rows_json([{**bad[0], "text": "対象外です"}]), "decisions.json")

        assert [one.state for one in corrected] == ["refused"]
        assert [(one.state, one.is_repeated) for one in as_json] == [("refused", True)]


class TestCellsAsPeopleWriteThem:
    def read(self, **cells: str) -> dict[str, Any]:
        read = read_decisions(written([{"item_id": str(new_id()), "decision": "approve", **cells}]), "d.csv")
        return read.rows[0][1]

    @pytest.mark.parametrize("day", ["2026-12-01", "2026/12/1", "2026.12.01", "2026年12月1日"])
    def test_days(self, day):
        assert self.read(starts_on=day)["starts_on"] == "2026-12-01"

    @pytest.mark.parametrize(
        ("cell", "value"), [("TRUE", True), ("はい", True), ("継続", True), ("no", False), ("いいえ", False)]
    )
    def test_yes_and_no(self, cell, value):
        assert self.read(keeps_terms=cell)["keeps_terms"] is value

    @pytest.mark.parametrize(
        ("cells", "field"),
        [
            ({"keeps_terms": "perhaps"}, "keeps_terms"),
            ({"fee_bps": "1.98"}, "fee_bps"),
            ({"starts_on": "soon"}, "starts_on"),
        ],
    )
    def test_what_cannot_be_read_is_refused_with_its_column(self, cells, field):
        with refused("field_wrong", field=field):
            read_decision(self.read(**{"starts_on": "2026-12-01", **cells}))

    def test_a_formula_is_no_merchant_reference(self):
        with refused("formula_in_cell", field="provider_reference"):
            read_decision(self.read(starts_on="2026-12-01", provider_reference="=HYPERLINK(1)"))

    def test_not_even_behind_the_apostrophe_of_our_own_files(self):
        with refused("formula_in_cell", field="provider_reference"):
            read_decision(self.read(starts_on="2026-12-01", provider_reference="'=HYPERLINK(1)"))


class TestFilesThatAreNone:
    @pytest.mark.parametrize(
        ("data", "name", "code"),
        [
            (b"", "d.csv", "decisions_head_missing"),
            (b"item_id,text\nx,y\n", "d.csv", "decisions_head_missing"),
            (b"item_id,decision,start_on\nx,take,y\n", "d.csv", "decisions_column_unknown"),
            (b"item_id,decision,text,text\nx,take,y,z\n", "d.csv", "decisions_column_unknown"),
            (b"item_id,decision\nx,\n", "d.csv", "decisions_empty"),
            (b'item_id,decision\n"x,take\n', "d.csv", "decisions_unreadable"),
            (b"PK\x03\x04\x00", "d.xlsx", "decisions_unreadable"),
            (b"{", "d.json", "decisions_unreadable"),
            (b"7", "d.json", "decisions_unreadable"),
            (b"[]", "d.json", "decisions_empty"),
            (b"x" * (1 << 20) + b"y", "d.csv", "decisions_too_large"),
        ],
    )
    def test_are_refused_whole(self, data, name, code):
        with refused(code):
            read_decisions(data, name)

    def test_more_than_a_thousand_decisions_are_refused_whole(self):
        rows = [{"item_id": str(new_id()), "decision": "take"} for _ in range(1001)]

        with refused("decisions_too_large", limit=1000):
            read_decisions(written(rows), "d.csv")


def many_items(count: int) -> list[Item]:
    """Items of one accepted application, written without the ceremony."""
    desk = tofu_shop()
    first = item_of(desk)
    places = [
        ApplicationPlace(
            application=desk.application, position=number, name=f"{number}号店", kind="shop", municipality_id="13204"
        )
        for number in range(2, count + 1)
    ]
    ApplicationPlace.objects.bulk_create(places)
    items = [
        Item(
            application=desk.application,
            place=place,
            service_id="paypay",
            provider_id="paypay",
            state="at_provider",
            changed_at=first.changed_at,
        )
        for place in places
    ]
    Item.objects.bulk_create(items)
    Application.objects.filter(id=desk.application.id).update(email="")
    return [first, *items]


def test_a_thousand_rows_of_which_some_are_bad(towns, clock):
    """Exactly the good ones are done, exactly the bad ones come back, each with its row and reason."""
    items = many_items(996)
    rows = [
        {"item_id": str(item.id), "decision": "approve", "starts_on": tomorrow(), "fee_bps": "198", "text": ""}
        for item in items
    ]
    rows[10]["starts_on"] = "soon"
    rows[500]["fee_bps"] = "20000"
    rows[995]["decision"] = "agree"
    rows += [
        {"item_id": str(new_id()), "decision": "take"},
        {"item_id": "nonsense", "decision": "take"},
        {"item_id": str(items[0].id), "decision": "approve", "starts_on": tomorrow(), "fee_bps": "198"},
        {"item_id": str(items[1].id), "decision": "refuse", "text": "too late"},
    ]
    assert len(rows) == 1000

    read, outcomes = decided(written([{**rows[0], **row} if len(row) < 5 else row for row in rows]))

    bad = [(one["row"], one["error_code"], one["error_field"]) for one in bad_rows(read, outcomes, {})]
    assert bad == [
        (12, "field_wrong", "starts_on"),
        (502, "field_wrong", "fee_bps"),
        (997, "field_wrong", "decision"),
        (998, "applied_item_unknown", ""),
        (999, "field_wrong", "item_id"),
        (1001, "item_not_waiting", ""),
    ]
    assert Item.objects.filter(state="approved", fee_bps=198).count() == 993
    assert Item.objects.filter(state="at_provider").exclude(service="au_pay").count() == 3
    assert [one.is_repeated for one in outcomes].count(True) == 1


def test_a_mistake_of_ours_in_the_middle_undoes_its_own_transaction_only_as_a_whole(towns, clock, monkeypatch):
    """Never half a decision: what fails for no reason of the file's leaves no trace of its transaction."""
    items = many_items(3)
    calls: list[Any] = []

    def broken(**facts: Any) -> Any:
        calls.append(facts)
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr("madoguchi.onboarding.decisions.refuse_item", broken)
    given = [
        {"item_id": str(items[0].id), "decision": "take"},
        {"item_id": str(items[1].id), "decision": "refuse", "text": "no"},
    ]

    with pytest.raises(RuntimeError):
        decide_all(actor=PAYPAY, provider="paypay", given=given)

    assert calls
    assert not Item.objects.exclude(taken_at=None).exists()


def test_the_schema_of_decisions_names_the_columns_and_what_each_decision_needs():
    schema = decisions_schema()

    assert schema["x-csv-columns"] == ["item_id", *DECISION_COLUMNS]
    assert set(schema["items"]["properties"]) == {"item_id", *DECISION_COLUMNS}
    assert (schema["minItems"], schema["maxItems"]) == (1, 1000)
    assert schema["items"]["properties"]["decision"]["enum"] == ["take", "ask", "approve", "refuse"]
