"""A payment explained: every rule in its order, and never anything but what the run said (P-34 to P-38)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi.engine.rewards import (
    Campaign,
    Explanation,
    FurtherCap,
    Step,
    explain,
    programme_2019,
    read_services,
    run,
    sentence,
    services_of_2019,
)
from madoguchi.engine.rewards.explaining_words import SENTENCES, credit_words
from tests.conftest import refused
from tests.engine.rewards import results
from tests.engine.rewards.worlds import at, row_of, worlds
from tests.engine.rewards.writing import COLUMNS, ENROLMENT_COLUMNS, PaymentsFile, World, services_2019, write_csv

PAYPAY, SUICA, AMEX, EDY = ("paypay", "code"), ("suica", "ic"), ("amex", "card"), ("rakuten_edy", "ic")
SHOP = {"store_id": 5, "service_id": "*", "rate_bps": 500, "starts_on": date(2019, 10, 1), "ends_on": None}


def payment(number: Any, yen: int, *, service: Any = PAYPAY, store: Any = 5, when: str = "2019-10-05 12:00") -> Any:
    return row_of("payment", number, None, service, 7, store, yen, at(when))


def refund(number: Any, original: Any, yen: int) -> Any:
    return row_of("refund", number, original, PAYPAY, 7, 5, yen, at("2019-12-24 12:00"))


def explained(
    folder: Path, rows: Sequence[Any], number: Any, *, shops: Sequence[Any] = (SHOP,), **more: Any
) -> Explanation:
    """The explanation of payment `number` of a run over these rows."""
    given_files = World([PaymentsFile(rows=list(rows))], list(shops), services_2019()).write(folder)
    run(**{**given_files, **more}, out=folder / "out")
    files = {name: given_files[name] for name in ("payments", "enrolments", "services")}
    return explain(results=folder / "out", payment_id=number, **files)


def rules(told: Explanation) -> list[str]:
    return [step.rule for step in told.steps]


def step(told: Explanation, rule: str) -> Step:
    (found,) = [one for one in told.steps if one.rule == rule]
    return found


def test_a_payment_of_11000_yen_is_explained_from_its_amount_to_the_day_its_points_can_be_used(tmp_path: Path):
    """P-35: 5 % of ¥11,000 is 550 points; PayPay's cap is 25,000 a month, credited on the 20th of the next."""
    told = explained(tmp_path, [payment(1, 11_000)], 1)

    assert (told.payment_id, told.service_id, told.channel, told.member_id, told.store_id) == (
        1,
        "paypay",
        "code",
        7,
        5,
    )
    assert told.paid_at.isoformat() == "2019-10-05T12:00:00+09:00"
    assert (told.base_yen, told.raw_points, told.granted_points, told.reason) == (11_000, 550, 550, "ok")
    assert (told.period, told.credit_on) == ("2019-10", date(2019, 11, 20))
    assert [(one.rule, one.requirement) for one in told.steps] == [
        ("amount", "P-35"),
        ("base", "P-35"),
        ("service", "P-37"),
        ("method", "P-34"),
        ("inside_period", "P-02"),
        ("not_excluded", "P-14"),
        ("enrolment", "P-35"),
        ("raw", "P-35"),
        ("window", "P-38"),
        ("credit", "P-37"),
    ]
    assert step(told, "enrolment").facts == {
        "store_id": 5,
        "enrolled_service_id": "*",
        "rate_bps": 500,
        "starts_on": "2019-10-01",
        "ends_on": None,
    }


def test_refunds_are_told_one_by_one_however_late_and_however_often_a_row_is_repeated(tmp_path: Path):
    """P-35: ¥1,000 and ¥2,000 of ¥11,000 come back; a refund told in two ways counts not at all."""
    rows = [payment(1, 11_000), refund(3, 1, 2_000), refund(2, 1, 1_000), refund(2, 1, 1_000)]
    rows += [refund(4, 1, 5), refund(4, 1, 6), refund(9, 8, 7), payment(8, 700)]

    told = explained(tmp_path, rows, 1)

    assert [one.facts for one in told.steps if one.rule == "refund"] == [
        {"refund_id": 2, "refund_yen": 1_000},
        {"refund_id": 3, "refund_yen": 2_000},
    ]
    assert step(told, "base").facts == {"amount_yen": 11_000, "refunds_yen": 3_000, "base_yen": 8_000}
    assert told.granted_points == 400


def test_the_window_tells_what_earlier_payments_used_and_what_was_left(tmp_path: Path):
    """P-38: of 25,000 in October 24,800 are used by two payments; a later one and one of another month do not count."""
    rows = [
        payment(1, 300_000, when="2019-10-02 12:00"),
        payment(2, 196_000, when="2019-10-05 11:59"),
        payment(3, 11_000),
        payment(4, 9_000, when="2019-10-05 12:01"),
        payment(5, 9_000, when="2019-11-01 00:00"),
    ]
    told = explained(tmp_path, rows, 3)

    assert step(told, "window") == Step(
        "window",
        "P-38",
        {
            "service_id": "paypay",
            "channel": None,
            "name": "PayPay",
            "period": "2019-10",
            "cap_points": 25_000,
            "earlier_payments": 2,
            "used_points": 24_800,
            "left_points": 200,
            "raw_points": 550,
            "points": 200,
        },
    )
    assert (told.granted_points, told.reason) == (200, "capped")


def test_of_two_payments_at_one_instant_the_lower_id_uses_the_cap_first(tmp_path: Path):
    told = explained(tmp_path, [payment(2, 11_000), payment(1, 498_000)], 2)

    assert (step(told, "window").facts["used_points"], told.granted_points) == (24_900, 100)


def test_a_cap_of_nine_months_counts_every_month_and_is_marked_as_a_reading(tmp_path: Path):
    """X-09: 135,000 from the first to the last day."""
    rows = [payment(1, 2_698_000, service=AMEX), payment(2, 11_000, service=AMEX, when="2020-06-30 23:59")]
    told = explained(tmp_path, rows, 2)

    window = step(told, "window")
    assert (window.requirement, window.facts["period"], window.facts["left_points"]) == ("X-09", "programme", 100)


def test_a_cap_of_each_payment_has_no_window(tmp_path: Path):
    """P-38: 2,500 a payment."""
    told = explained(tmp_path, [payment(1, 60_000, service=EDY), payment(2, 60_000, service=EDY)], 2)

    assert step(told, "cap_of_payment").facts == {"cap_points": 2_500, "raw_points": 3_000, "points": 2_500}
    assert "window" not in rules(told)


def test_a_ceiling_on_the_payment_is_marked_as_a_reading(tmp_path: Path):
    """X-08: of ¥30,000 by Suica ¥20,000 count."""
    told = explained(tmp_path, [payment(1, 30_000, service=SUICA)], 1)

    assert step(told, "ceiling") == Step(
        "ceiling", "X-08", {"base_yen": 30_000, "ceiling_yen": 20_000, "cut_yen": 20_000}
    )
    assert (told.raw_points, told.granted_points) == (1_000, 1_000)


def test_the_places_row_for_the_service_goes_before_that_for_all(tmp_path: Path):
    own = {**SHOP, "service_id": "paypay", "rate_bps": 200, "ends_on": date(2019, 10, 5)}

    told = explained(tmp_path, [payment(1, 11_000)], 1, shops=[SHOP, own])

    facts = step(told, "enrolment").facts
    assert (facts["enrolled_service_id"], facts["rate_bps"], facts["ends_on"]) == ("paypay", 200, "2019-10-05")
    assert told.granted_points == 220


@pytest.mark.parametrize(
    ("row", "last", "requirement"),
    [
        (payment(1, 500, service=("ghost", None)), "service_unknown", "P-37"),
        (payment(1, 500, when="2019-09-30 23:59"), "outside_period", "P-02"),
        (payment(1, 500, store=6), "not_enrolled", "P-03"),
    ],
)
def test_the_steps_end_with_the_rule_that_leaves_nothing(tmp_path: Path, row: Any, last: str, requirement: str):
    told = explained(tmp_path, [row], 1)

    assert (told.steps[-1].rule, told.steps[-1].requirement) == (last, requirement)
    assert (told.granted_points, told.credit_on) == (0, None)


def test_a_payment_given_back_as_a_whole_ends_there(tmp_path: Path):
    told = explained(tmp_path, [payment(1, 500), refund(2, 1, 500)], 1)

    assert (rules(told)[-1], told.reason) == ("refunded", "refunded")


def test_an_excluded_transaction_is_named(tmp_path: Path):
    """P-14."""
    file, shops = tmp_path / "payments.csv", tmp_path / "shops.csv"
    row = {**payment(1, 500), "paid_at": "2019-10-05T12:00", "transaction": "cars"}
    write_csv(file, (*COLUMNS, "transaction"), [row, {**row, "payment_id": 2, "transaction": "groceries"}])
    write_csv(shops, ENROLMENT_COLUMNS, [SHOP])
    run(payments=[file], enrolments=shops, out=tmp_path / "out")

    car, food = (explain(results=tmp_path / "out", payment_id=one, payments=[file], enrolments=shops) for one in (1, 2))

    assert car.steps[-1] == Step("excluded", "P-14", {"transaction": "cars"})
    assert step(food, "not_excluded").facts == {"transaction": "groceries"}


def test_a_payment_on_hold_keeps_its_room_and_is_granted_nothing(tmp_path: Path):
    holds = write_csv(tmp_path / "holds.csv", ("payment_id",), [{"payment_id": 1}])

    told = explained(tmp_path, [payment(1, 11_000)], 1, holds=holds)

    assert told.steps[-1] == Step("held", "", {"raw_points": 550})
    assert (told.granted_points, told.reason) == (0, "held")


def test_further_caps_are_told_as_what_they_leave_of_the_services(tmp_path: Path):
    campaign = replace(programme_2019(), member_cap=FurtherCap(600, "month"))
    told = explained(tmp_path, [payment(1, 11_000), payment(2, 11_000)], 2, campaign=campaign)

    assert step(told, "further_caps").facts == {"points": 550, "granted_points": 50}
    assert (told.granted_points, told.reason) == (50, "capped")


def test_a_campaigns_own_rate_tax_and_rounding_are_those_of_the_run(tmp_path: Path):
    """P-35, P-47: 30 % of ¥333 less 10 % tax is 90.6, rounded half up."""
    campaign = replace(
        programme_2019(), rate_bps=3_000, tax_base="excluded", rounding="half_up", municipalities=(), trades=()
    )
    told = explained(tmp_path, [payment(1, 333)], 1, campaign=campaign)

    assert step(told, "raw").facts == {
        "counted_yen": 302,
        "rate_bps": 3_000,
        "rate_of": "campaign",
        "rounding": "half_up",
        "raw_points": 91,
        "tax_base": "excluded",
        "tax_bps": 1_000,
    }


def test_an_id_of_whole_numbers_may_come_as_text(tmp_path: Path):
    told = explained(tmp_path, [payment(1, 11_000)], "1")

    assert told.payment_id == 1


@pytest.mark.parametrize("number", [2, 9, "x", "01", "1.0"])
def test_what_is_no_payment_of_the_run_is_refused(tmp_path: Path, number: Any):
    """2 is a refund."""
    with refused("payment_not_in_run", payment_id=number):
        explained(tmp_path, [payment(1, 11_000), refund(2, 1, 5)], number)


def test_a_payment_told_in_two_ways_is_in_no_run(tmp_path: Path):
    with refused("payment_not_in_run", payment_id=1):
        explained(tmp_path, [payment(1, 11_000), payment(1, 12_000), payment(3, 1)], 1)


@pytest.mark.parametrize("campaign", [None, programme_2019()], ids=["the run's campaign", "one named"])
def test_a_folder_without_a_run_is_refused(tmp_path: Path, campaign: Campaign | None):
    with refused("not_a_run", folder=str(tmp_path)):
        explain(
            results=tmp_path,
            payment_id=1,
            payments=[tmp_path],
            enrolments=tmp_path / "shops.csv",
            campaign=campaign,
        )


@pytest.mark.parametrize("column", ["payment_id", "amount_yen"])
def test_a_file_that_is_damaged_is_refused_with_its_name(tmp_path: Path, column: str):
    """Its foot can be read, a column of its rows cannot: that of the ids, or another."""
    file = tmp_path / "payments" / "payments.parquet"
    explained(tmp_path, [payment(number, 11_000) for number in range(1, 200)], 1)
    damaged = bytearray(file.read_bytes())
    group = pq.read_metadata(file).row_group(0)
    (facts,) = [group.column(place) for place in range(9) if group.column(place).path_in_schema == column]
    begin, size = facts.dictionary_page_offset or facts.data_page_offset, facts.total_compressed_size
    damaged[begin : begin + size] = bytes(size)
    file.write_bytes(damaged)

    with refused("file_unreadable", file=str(file)):
        explain(results=tmp_path / "out", payment_id=1, payments=[file], enrolments=tmp_path / "enrolments.parquet")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"rows": [payment(1, 11_000), refund(2, 1, 5)]}, "base_yen"),
        ({"shops": [{**SHOP, "rate_bps": 200}]}, "raw_points"),
        ({"shops": [{**SHOP, "store_id": 6}]}, "reason"),
    ],
)
def test_files_that_are_not_those_of_the_run_are_refused(tmp_path: Path, changed: dict[str, Any], field: str):
    """Better none than an explanation of something else."""
    explained(tmp_path, [payment(1, 11_000)], 1)
    (tmp_path / "other").mkdir()
    facts = {"rows": [payment(1, 11_000)], "shops": [SHOP], **changed}
    other = World([PaymentsFile(rows=facts["rows"])], facts["shops"], services_2019()).write(tmp_path / "other")

    with refused("explanation_differs", field=field):
        explain(results=tmp_path / "out", payment_id=1, **other)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(world=worlds(), data=st.data())
def test_whatever_the_world_an_explanation_ends_where_the_run_did(world: World, data: st.DataObject):
    """Ids of both kinds, copies, contradictions, late refunds, shared windows: the same row, and a sentence a step."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        files = world.write(folder)
        run(**files, out=folder / "out")
        grants = results.grants(folder / "out")
        files.pop("holds", None)
        chosen = data.draw(
            st.lists(st.sampled_from(grants), max_size=4, unique_by=lambda row: row["payment_id"])
            if grants
            else st.just([])
        )
        for row in chosen:
            told = explain(results=folder / "out", payment_id=row["payment_id"], **files)

            assert {name: getattr(told, name) for name in row} == row
            assert told.steps[0].rule == "amount"
            assert all(sentence(one, language) for one in told.steps for language in ("ja", "en"))
            if row["reason"] in {"ok", "capped"}:
                last = [one for one in told.steps if one.rule in {"credit", "no_points"}]
                assert [one.rule for one in last] == ["credit" if row["granted_points"] else "no_points"]


@pytest.mark.parametrize(
    ("rule", "facts", "ja", "en"),
    [
        (
            "amount",
            {"amount_yen": 11_000, "paid_at": "2019-10-05T12:00:00+09:00"},
            "2019年10月5日 12:00に11,000円（税込）の支払いがありました。",
            "¥11,000, tax included, was paid on 5 October 2019, 12:00.",
        ),
        (
            "raw",
            {"counted_yen": 11_000, "rate_bps": 333, "raw_points": 366, "rounding": "down", "tax_base": "included"},
            "11,000円の3.33％で366ポイントです（1ポイント未満は切り捨て）。",
            "3.33 % of ¥11,000 is 366 points (rounded down).",
        ),
        (
            "enrolment",
            {"store_id": 5, "enrolled_service_id": "*", "rate_bps": 500, "starts_on": "2019-10-01", "ends_on": None},
            "店舗5は、その日、すべてのサービスに5％の還元で登録されています（2019年10月1日～）。",
            "Place 5 is enrolled that day for all services at 5 % (from 1 October 2019).",
        ),
        (
            "window",
            {"service_id": "pasmo", "channel": None, "period": "2019-Q4", "cap_points": 20_000, "earlier_payments": 2,
             "used_points": 19_500, "left_points": 500, "raw_points": 550, "points": 500},
            "pasmo、2019年10月～12月の上限20,000ポイントのうち、これより前の2件で19,500ポイントを使い、残りは500ポイントです。"
            "この支払いの550ポイントのうち500ポイントになります。",
            "Of the cap of 20,000 points for pasmo in October to December 2019, earlier payments (2) came to 19,500, "
            "which leaves 500: of this payment's 550 points 500 remain.",
        ),
        (
            "credit",
            {"credit_on": "2019-11-20", "credit_rule": "day:+1:20", "points": 1_550},
            "1,550ポイントは2019年11月20日から使えます（翌月20日）。",
            "The 1,550 points can be used from 20 November 2019 (day 20 of the next month).",
        ),
    ],
)  # fmt: skip
def test_a_step_is_one_plain_sentence(rule: str, facts: dict[str, Any], ja: str, en: str):
    told = Step(rule, "P-35", facts)

    assert (sentence(told, "ja"), sentence(told, "en")) == (ja, en)


def test_every_credit_rule_of_2019_is_said_in_words():
    """P-37."""
    rules_of_2019 = {one.credit_rule for one in read_services(services_of_2019())}

    for rule in rules_of_2019:
        assert all(":" not in credit_words(rule, language) and "+" not in credit_words(rule, language)
                   for language in ("ja", "en"))  # fmt: skip
    assert credit_words("billing:+2|month_end:+1", "ja") == "翌々月請求時または翌月末日、早いほう"


def test_every_sentence_is_there_in_both_languages():
    assert all(set(words) == {"ja", "en"} and all(words.values()) for words in SENTENCES.values())


def test_the_notebook_of_the_documentation_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any):
    """From two payments to a picture, the words of the one that the cap cut, and 3 % instead of 5 %."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    PaymentsFile(rows=[payment(1, 490_000), payment(2, 20_000, when="2019-10-06 12:00")]).write(tmp_path / "payments")
    write_csv(tmp_path / "enrolments.csv", ENROLMENT_COLUMNS, [SHOP])
    guide = (Path(__file__).parents[3] / "docs" / "rewards.md").read_text("utf-8")
    code = guide.partition("## From a notebook")[2].partition("```python\n")[2].partition("```")[0]

    exec(code, {})  # noqa: S102  # the project's own text

    printed = capsys.readouterr().out.splitlines()
    assert printed[-2:] == ["500ポイントは2019年11月20日から使えます（翌月20日）。", "25,000 → 15,300"]
    assert (tmp_path / "points-by-day.png").read_bytes().startswith(b"\x89PNG")
