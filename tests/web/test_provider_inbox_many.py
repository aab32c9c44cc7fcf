"""Many decisions at the inbox: chosen rows together, or a file of which the bad rows come back."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from madoguchi.core.clock import today
from madoguchi.onboarding.models import Item
from tests.web.provider_desk import item_of, tofu_shop
from tests.web.readers import reader


@pytest.fixture(autouse=True)
def demo_runs(settings: Any) -> None:
    settings.DEMO = True


@pytest.fixture
def page(clock: Any, towns: Any) -> Client:
    return reader("provider-paypay")


def tomorrow() -> str:
    return (today() + timedelta(days=1)).isoformat()


def act(page: Client, item: Item, what: str, **facts: str) -> Any:
    return page.post(reverse("provider:item_act", args=[item.id]), {"act": what, **facts})


def text_of(answer: Any) -> str:
    return answer.content.decode()


def state_of(item: Item) -> str:
    return Item.objects.get(id=item.id).state


class TestTogether:
    def send(self, page: Client, items: list[Item], act: str, **facts: str) -> Any:
        told = {"item": [str(item.id) for item in items], "act": act, **facts}
        return page.post(reverse("provider:applications"), told)

    def test_chosen_rows_are_taken(self, page):
        chosen, left = item_of(tofu_shop()), item_of(tofu_shop())

        assert self.send(page, [chosen], "take").status_code == 302

        assert Item.objects.get(id=chosen.id).taken_at is not None
        assert Item.objects.get(id=left.id).taken_at is None

    def test_chosen_rows_are_approved_under_the_same_terms(self, page):
        items = [item_of(tofu_shop()), item_of(tofu_shop())]

        form = self.send(page, items, "approve")
        assert (form.status_code, form.context["items"]) == (200, items)
        assert {state_of(item) for item in items} == {"at_provider"}

        self.send(page, items, "approve", starts_on=tomorrow(), fee_percent="0", terms="月2回")

        found = Item.objects.filter(id__in=[item.id for item in items])
        assert set(found.values_list("state", "fee_bps", "terms")) == {("approved", 0, "月2回")}

    def test_those_that_would_be_late_are_named_first(self, page):
        """P-22, P-26."""
        late, in_time = item_of(tofu_shop("遅い店", wished_on=today())), item_of(tofu_shop("早い店"))

        shown = self.send(page, [late, in_time], "approve", starts_on=tomorrow())
        assert (shown.status_code, shown.context["late"]) == (422, [late])
        assert {state_of(late), state_of(in_time)} == {"at_provider"}

        self.send(page, [late, in_time], "approve", starts_on=tomorrow(), late_confirmed=tomorrow())
        assert {state_of(late), state_of(in_time)} == {"approved"}

    def test_the_word_on_old_terms_goes_to_those_in_use_only(self, page):
        """J-23."""
        used, new = item_of(tofu_shop(used_already=frozenset({"paypay"}))), item_of(tofu_shop())

        asked = self.send(page, [used, new], "approve", starts_on=tomorrow())
        assert asked.context["form"].errors.keys() == {"keeps_terms"}

        self.send(page, [used, new], "approve", starts_on=tomorrow(), keeps_terms="no")
        assert [Item.objects.get(id=item.id).keeps_terms for item in (used, new)] == [False, None]

    def test_anothers_rows_and_decided_ones_are_passed_over(self, page):
        anothers, refused = item_of(tofu_shop(), "au_pay"), item_of(tofu_shop())
        act(page, refused, "refuse", **{"refusal-text": "no"})

        answer = self.send(page, [anothers, refused], "approve", starts_on=tomorrow())

        assert answer.status_code == 302
        assert (state_of(anothers), state_of(refused)) == ("at_provider", "refused")


class TestFiles:
    def rows(self, page: Client, kind: str = "csv", **query: str) -> Any:
        answer = page.get(reverse("provider:applications_file", args=[kind]), query)
        assert answer.status_code == 200
        data = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if kind == "json":
            return json.loads(data)["items"]
        return list(csv.DictReader(io.StringIO(data.decode("cp932" if query.get("encoding") else "utf-8-sig"))))

    def send(self, page: Client, rows: list[dict[str, str]], name: str = "d.csv") -> Any:
        out = io.StringIO()
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        return page.post(reverse("provider:decisions"), {"file": SimpleUploadedFile(name, out.getvalue().encode())})

    @pytest.mark.parametrize("query", [{}, {"encoding": "cp932"}])
    def test_the_file_has_exactly_what_is_listed(self, page, query, monkeypatch):
        monkeypatch.setattr("madoguchi.web.provider.inbox_files.READ_ROWS", 1)
        items = [item_of(tofu_shop()) for _ in range(3)]
        act(page, items[1], "take")

        rows = self.rows(page, tab="new", **query)

        assert [row["item_id"] for row in rows] == [str(items[0].id), str(items[2].id)]
        assert [row["item_id"] for row in self.rows(page, "json", tab="taken")] == [str(items[1].id)]

    def test_a_kind_of_file_that_is_not_made_is_not_found(self, page):
        assert page.get(reverse("provider:applications_file", args=["xlsx"])).status_code == 404

    def test_good_rows_are_done_and_bad_ones_shown_with_the_reason(self, page):
        good, bad, left = (item_of(tofu_shop()) for _ in range(3))
        rows = self.rows(page, tab="new")
        rows[0] |= {"decision": "approve", "starts_on": tomorrow()}
        rows[1] |= {"decision": "refuse"}

        answer = self.send(page, rows)

        context = answer.context
        told = [context[name] for name in ("done", "repeated", "left_out", "bad_count")]
        assert told == [1, 0, 1, 1]
        assert [state_of(item) for item in (good, bad, left)] == ["approved", "at_provider", "at_provider"]
        assert [(row["row"], row["error_code"], row["error_field"]) for row in context["bad"]] == [
            (3, "reason_missing", "text")
        ]

    def test_the_bad_rows_come_back_as_a_file_to_correct(self, page):
        item = item_of(tofu_shop())
        rows = self.rows(page)
        rows[0] |= {"decision": "refuse", "terms": "=1+1"}
        shown = self.send(page, rows)

        told = {"rows": shown.context["bad_json"]}
        back = page.post(reverse("provider:decisions_bad", args=["csv"]), told)
        row = next(csv.DictReader(io.StringIO(b"".join(back.streaming_content).decode("utf-8-sig"))))
        as_json = page.post(reverse("provider:decisions_bad", args=["json"]), told).json()

        assert (row["item_id"], row["error_code"], row["terms"]) == (str(item.id), "reason_missing", "'=1+1")
        assert as_json["decisions"][0]["error_field"] == "text"
        assert state_of(item) == "at_provider"
        self.send(page, [{**row, "text": "対象外です"}])
        assert state_of(item) == "refused"

    @pytest.mark.parametrize("rows", ["", "{", "7", '["x"]'])
    def test_rows_that_are_none_make_no_file(self, page, rows):
        assert page.post(reverse("provider:decisions_bad", args=["csv"]), {"rows": rows}).status_code == 422

    def test_a_file_that_cannot_be_read_is_told_beside_its_field(self, page):
        answer = page.post(reverse("provider:decisions"), {"file": SimpleUploadedFile("d.csv", b"PK\x03\x04\x00")})

        assert answer.status_code == 422
        assert "cannot be read" in text_of(answer)

    def test_without_a_file_nothing_happens(self, page):
        assert page.post(reverse("provider:decisions")).status_code == 422
