"""Each of the 27 services, from its printed row to its cap, its period and its credit date (P-37, P-38)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.engine.rewards import results
from tests.engine.rewards.oracle import Row
from tests.engine.rewards.worlds import at, row_of
from tests.engine.rewards.writing import PaymentsFile, World, services_2019

PAID = "2019-10-05 12:00"  # a Saturday


class Printed(NamedTuple):
    """What annex 9 prints of one service and channel, and what that means for a payment on 2019-10-05.

    `cap` is in points, or in yen of one payment if `ceiling`. `credit_on` is the first date the points can come.
    """

    service: str
    timing: str
    cap_text: str
    cap: int
    period: str
    credit_on: date
    ceiling: bool = False


TWO_MONTHS_ON, NEXT_MONTH = date(2019, 12, 1), date(2019, 11, 1)
A_MONTH = "15000ポイント/月"
# Written by hand from the Japanese of P-37, not computed. 翌月 is November, 翌々月 December; where a day is not
# printed, the first of the month is the first date the points can come; 末 is its last day, 中旬 begins to be
# sure on the 15th, 上旬 ends on the 10th.
PRINTED = [
    Printed("aeon_card/card", "引落相殺（利用月の翌々月請求時）", A_MONTH, 15_000, "2019-10", TWO_MONTHS_ON),
    Printed(
        "orico_card/card",
        "オリコポイント・提携先独自ポイント（利用月の翌々月）",
        A_MONTH,
        15_000,
        "2019-10",
        TWO_MONTHS_ON,
    ),
    Printed("saison_card/card", "引落相殺（利用月の翌々月請求時）", A_MONTH, 15_000, "2019-10", TWO_MONTHS_ON),
    Printed("jcb_card/card", "引落相殺（利用月の翌月請求時）", A_MONTH, 15_000, "2019-10", NEXT_MONTH),
    Printed("jaccs_card/card", "引落相殺：Jデポ（利用月の翌々月請求時）", A_MONTH, 15_000, "2019-10", TWO_MONTHS_ON),
    # X-09, a reading: the nine months are the whole programme, in which the member has one cap.
    Printed(
        "ts_cubic_card/card",
        "引落相殺（利用月の翌月請求時）",
        "150000ポイント/9か月",
        150_000,
        "programme",
        NEXT_MONTH,
    ),
    Printed("mufg_card/card", "引落相殺（利用月の翌々月請求時）", A_MONTH, 15_000, "2019-10", TWO_MONTHS_ON),
    # The member chooses: 翌々月請求時 (1 December) or 翌月末 (30 November); the earlier is the first date.
    Printed(
        "dc_card/card",
        "DCハッピープレゼントのポイント（利用月の翌々月請求時）または本制度専用ポイント（利用月の翌月末）",
        A_MONTH,
        15_000,
        "2019-10",
        date(2019, 11, 30),
    ),
    # The member chooses: 翌々月請求時 (1 December) or 翌々月末 (31 December); the earlier is the first date.
    Printed(
        "nicos_card/card",
        "わいわいプレゼントのポイント（利用月の翌々月請求時）または本制度専用ポイント（利用月の翌々月末）",
        A_MONTH,
        15_000,
        "2019-10",
        date(2019, 12, 1),
    ),
    Printed("smbc_card/card", "引落相殺（利用月の翌々月請求時）", A_MONTH, 15_000, "2019-10", TWO_MONTHS_ON),
    Printed("uc_card/card", "引落相殺（利用月の翌々月請求時）", A_MONTH, 15_000, "2019-10", TWO_MONTHS_ON),
    Printed(
        "rakuten_card/card",
        "楽天スーパーポイント 通常ポイント（利用月の翌々月）",
        A_MONTH,
        15_000,
        "2019-10",
        TWO_MONTHS_ON,
    ),
    # X-09, a reading: as TS CUBIC. 翌月以降 begins with the next month.
    Printed(
        "amex/card", "引落相殺（利用日から翌月以降請求時）", "135000ポイント/9か月", 135_000, "programme", NEXT_MONTH
    ),
    Printed(
        "pasmo/ic",
        "PASMOキャッシュレス還元ポイント（1月・4月・7月）※指定された場所へ行きPASMOにチャージする必要有",
        "20000ポイント/3か月",
        20_000,
        "2019-Q4",
        date(2020, 1, 1),
    ),
    # X-08, a reading: a cap per charge is what the card can hold, hence a ceiling on the payment.
    Printed(
        "suica/ic",
        "JRE POINT（利用月の翌月上旬）",
        "20000円/チャージ",
        20_000,
        "payment",
        date(2019, 11, 10),
        ceiling=True,
    ),
    Printed(
        "manaca/ic",
        "ミュースターポイント（利用月の翌月）",
        "20000円/チャージ",
        20_000,
        "payment",
        NEXT_MONTH,
        ceiling=True,
    ),
    Printed("icoca/ic", "ICOCAポイント（1月中旬・4月中旬・7月中旬）", A_MONTH, 15_000, "2019-10", date(2020, 1, 15)),
    Printed(
        "nanaco/ic",
        "nanacoポイント（利用月の翌月15日）",
        "50000円/チャージ",
        50_000,
        "payment",
        date(2019, 11, 15),
        ceiling=True,
    ),
    Printed("waon/ic", "WAON（電子マネー）（利用月の翌月20日頃）", A_MONTH, 15_000, "2019-10", date(2019, 11, 20)),
    Printed("rakuten_edy/ic", "Edy（支払い日の30日後目途）", "2500ポイント/決済", 2_500, "payment", date(2019, 11, 4)),
    Printed("line_pay/code", "LINE Payボーナス（決済時等※）", "30000ポイント/月", 30_000, "2019-10", date(2019, 10, 5)),
    Printed(
        "line_pay/online",
        "※LINE Payオンライン支払い：決済時",
        "30000ポイント/月",
        30_000,
        "2019-10",
        date(2019, 10, 5),
    ),
    Printed("line_pay/card", "※LINE Payカード：月末締め翌月付与", "30000ポイント/月", 30_000, "2019-10", NEXT_MONTH),
    Printed("line_pay/quicpay_plus", "※QUICPay+：月末締め翌月付与", "30000ポイント/月", 30_000, "2019-10", NEXT_MONTH),
    Printed("paypay/code", "PayPayボーナス（翌月20日前後）", "25000ポイント/月", 25_000, "2019-10", date(2019, 11, 20)),
    Printed("origami_pay/code", "即時充当（即時）", "2000ポイント/決済", 2_000, "payment", date(2019, 10, 5)),
    Printed(
        "rakuten_pay/code",
        "楽天スーパーポイント 通常ポイント（利用月の翌々月末日）",
        "25000ポイント/決済",
        25_000,
        "payment",
        date(2019, 12, 31),
    ),
    Printed(
        "merpay/code",
        "ポイント付与（翌週月曜）",
        "15000ポイント/月（メルペイコード払い；※1 合計30000ポイント/月）",
        15_000,
        "2019-10",
        date(2019, 10, 7),
    ),
    Printed(
        "merpay/id",
        "ポイント付与（翌週月曜）",
        "15000ポイント/月（メルペイ電子マネーiD；※1 合計30000ポイント/月）",
        15_000,
        "2019-10",
        date(2019, 10, 7),
    ),
    Printed(
        "au_pay/code",
        "au WALLET ポイント（利用日の翌月）",
        "15000ポイント/月（au PAY；※2 合計30000ポイント/月）",
        15_000,
        "2019-10",
        NEXT_MONTH,
    ),
    Printed(
        "au_pay/prepaid_card",
        "au WALLET ポイント（利用日の翌月）",
        "15000ポイント/月（au WALLETプリペイドカード；※2 合計30000ポイント/月）",
        15_000,
        "2019-10",
        NEXT_MONTH,
    ),
    Printed("j_coin_pay/code", "ポイント付与（利用日の翌月末頃）", A_MONTH, 15_000, "2019-10", date(2019, 11, 30)),
]
every_service = pytest.mark.parametrize("printed", PRINTED, ids=lambda printed: printed.service)
EVERYWHERE = [
    {"store_id": 1, "service_id": "*", "rate_bps": 500, "starts_on": date(2019, 10, 1), "ends_on": date(2020, 6, 30)}
]
# Members, each with a window of their own in every service; payments are told apart by member and number.
SMALL, LARGE, TWO_MONTHS = 1, 2, 3


def yen_for(points: int) -> int:
    """The price that earns so many points at 5 %."""
    return points * 20


def payments_of(printed: Printed) -> list[Row]:
    """The payments in one service and channel that the tests below look at."""
    cap_yen = printed.cap if printed.ceiling else yen_for(printed.cap)
    planned = [
        (SMALL, 11_000, PAID),
        (LARGE, cap_yen, PAID),
        (LARGE, yen_for(1), "2019-10-05 12:01"),
        (LARGE, cap_yen + yen_for(3), "2019-10-31 23:59"),
        (TWO_MONTHS, cap_yen, PAID),
        (TWO_MONTHS, cap_yen, "2019-11-05 12:00"),
        (TWO_MONTHS, cap_yen, "2020-01-05 12:00"),
    ]
    service_id, channel = printed.service.split("/")
    # A member of its own per channel: whether channels share a cap is a test of its own.
    return [
        row_of(
            "payment", f"{printed.service}/{member}/{when}", None, (service_id, channel), f"{channel}{member}", *rest
        )
        for member, amount_yen, when in planned
        for rest in [(1, amount_yen, at(when))]
    ]


def run_over(run: Callable[..., Any], rows: list[Row], folder: Path) -> dict[Any, Row]:
    """payment_id → its grant, at a shop where every payment earns 5 %."""
    world = World([PaymentsFile(rows=rows)], EVERYWHERE, services_2019())
    run(**world.write(folder), out=folder / "out")
    return {row["payment_id"]: row for row in results.grants(folder / "out")}


@pytest.fixture(scope="module")
def grants(reward_run: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Row]:
    """All payments of all services, run once."""
    rows = [row for printed in PRINTED for row in payments_of(printed)]
    return run_over(reward_run, rows, tmp_path_factory.mktemp("services"))


def test_the_table_has_the_27_services_as_they_are_printed() -> None:
    """P-37: the project's copy says what was read here, in 32 rows by channel."""
    table = {f"{row['service_id']}/{row['channel']}": row for row in services_2019()}
    assert len(PRINTED) == 32
    assert len({printed.service.split("/")[0] for printed in PRINTED}) == 27
    assert {key: (row["credit_timing_as_printed"], row["cap_as_printed"]) for key, row in table.items()} == {
        printed.service: (printed.timing, printed.cap_text) for printed in PRINTED
    }


@every_service
def test_11000_yen_earn_550_points_on_the_printed_date(grants: dict[str, Row], printed: Printed) -> None:
    """P-35, P-37: raw and granted points, the period they count in and the first date they can come."""
    grant = grants[f"{printed.service}/{SMALL}/{PAID}"]
    assert (grant["raw_points"], grant["granted_points"], grant["reason"]) == (550, 550, "ok")
    assert (grant["period"], grant["credit_on"]) == (printed.period, printed.credit_on)


@every_service
def test_points_end_at_the_printed_cap(grants: dict[str, Row], printed: Printed) -> None:
    """P-37, P-38: a payment that meets the cap is paid in full; what comes after depends on what the cap counts."""
    first, second, last = (
        grants[f"{printed.service}/{LARGE}/{when}"] for when in (PAID, "2019-10-05 12:01", "2019-10-31 23:59")
    )
    told = [(grant["raw_points"], grant["granted_points"], grant["reason"]) for grant in (first, second, last)]
    if printed.ceiling:  # the payment itself is cut, hence nothing is capped
        most = printed.cap // 20
        assert told == [(most, most, "ok"), (1, 1, "ok"), (most, most, "ok")]
    elif printed.period == "payment":
        assert told == [(printed.cap, printed.cap, "ok"), (1, 1, "ok"), (printed.cap + 3, printed.cap, "capped")]
    else:
        assert told == [(printed.cap, printed.cap, "ok"), (1, 0, "capped"), (printed.cap + 3, 0, "capped")]
        assert second["credit_on"] is None


@every_service
def test_the_cap_begins_anew_with_the_printed_period(grants: dict[str, Row], printed: Printed) -> None:
    """P-38: per month, per three months (of the calendar), per nine months (X-09: once), per payment."""
    most = printed.cap // 20 if printed.ceiling else printed.cap
    told = [
        grants[f"{printed.service}/{TWO_MONTHS}/{when}"]["granted_points"]
        for when in (PAID, "2019-11-05 12:00", "2020-01-05 12:00")
    ]
    anew = {
        "2019-10": [most, most, most],
        "payment": [most, most, most],
        "2019-Q4": [most, 0, most],
        "programme": [most, 0, 0],
    }
    assert told == anew[printed.period]


@pytest.mark.parametrize(
    ("service_id", "channels", "granted"),
    [
        ("line_pay", ["code", "online", "card", "quicpay_plus"], [20_000, 10_000, 0, 0]),
        ("merpay", ["code", "id"], [15_000, 15_000]),
        ("au_pay", ["code", "prepaid_card"], [15_000, 15_000]),
    ],
)
def test_channels_share_a_cap_unless_one_is_printed_for_each(
    reward_run: Callable[..., Any], tmp_path: Path, service_id: str, channels: list[str], granted: list[int]
) -> None:
    """P-37: LINE Pay has 30,000 in all; ※1 and ※2 print 15,000 for each channel, 30,000 together."""
    rows = [
        row_of("payment", channel, None, (service_id, channel), 1, 1, yen_for(20_000), at(f"2019-10-05 1{hour}:00"))
        for hour, channel in enumerate(channels)
    ]
    found = run_over(reward_run, rows, tmp_path)
    assert [found[channel]["granted_points"] for channel in channels] == granted
