"""The claims of a campaign for whoever pays them, the programme's office or a town: as CSV and as PDF (P-04, P-05)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import cast

import typst

from madoguchi.core.tables import csv_lines
from madoguchi.jpqr.sticker import ipaex_gothic
from madoguchi.rewards.rules import CLAIM_KINDS, WHOLE_BPS

KIND_WORDS = {"reward": "消費者還元", "fee": "加盟店手数料補助", "terminal": "端末等導入補助"}
# What a claim's amount was reckoned from, by kind, each with its head.
BASIS: dict[str, dict[str, str]] = {
    "reward": {
        "as_of": "実績の基準日",
        "granted_points": "付与ポイント",
        "used_points": "使用ポイント",
        "expired_points": "失効ポイント",
        "returned_points": "返還ポイント",
        "outstanding_points": "未使用残高ポイント",
        "claimed_before_points": "既請求ポイント",
    },
    "fee": {"takings_yen": "決済額（円）", "fee_yen": "加盟店手数料（円）", "claimed_before_yen": "既請求額（円）"},
    "terminal": {
        "terminals": "端末台数",
        "cost_yen": "導入費用（円）",
        "state_share_bps": "公費負担割合（％）",
        "provider_yen": "事業者負担額（円）",
        "claimed_before_yen": "既請求額（円）",
    },
}
# The same on paper, where two lines must hold them.
SHORT_BASIS = {
    "as_of": "基準日",
    "granted_points": "付与",
    "used_points": "使用",
    "expired_points": "失効",
    "returned_points": "返還",
    "outstanding_points": "残高",
    "claimed_before_points": "既請求",
    "takings_yen": "決済額",
    "fee_yen": "手数料",
    "claimed_before_yen": "既請求",
    "terminals": "台数",
    "cost_yen": "費用",
    "state_share_bps": "公費負担",
    "provider_yen": "事業者負担",
}
# One column each; what was claimed before is yen for fees and terminals alike.
BASIS_HEADS = {name: head for columns in BASIS.values() for name, head in columns.items()}
HEAD = (
    "番号", "事業名", "事業コード", "請求先", "作成日", "決済事業者", "決済サービス", "区分", "対象月", "請求額（円）",
    *BASIS_HEADS.values(), "提案者", "確認者", "確認日", "備考",
)  # fmt: skip
DEMO = "デモ（実際のお金は動いていません）"


@dataclass(frozen=True)
class StatementRow:
    """A claim that two officers confirmed; below 0 yen are paid back. `basis` has the names of BASIS for its kind.

    `month` is 2019-10; `as_of` in `basis` is 2020-01-31, or empty where no measured report is left.
    """

    number: int
    provider: str
    service: str
    kind: str
    month: str
    yen: int
    basis: Mapping[str, int | str]
    maker: str
    checker: str
    decided_on: date


@dataclass(frozen=True)
class Statement:
    """The claims of a campaign to its `payer`, in the order in which they are listed."""

    campaign: str
    campaign_code: str
    payer: str
    made_on: date
    rows: tuple[StatementRow, ...]
    is_demo: bool

    @property
    def total_yen(self) -> int:
        """What the payer owes in all, less what is paid back to it."""
        return sum(row.yen for row in self.rows)


def statement_csv(statement: Statement) -> bytes:
    """A row for each claim with everything it was reckoned from: UTF-8 with BOM, amounts as plain numbers."""
    about = (statement.campaign, statement.campaign_code, statement.payer, statement.made_on.isoformat())
    rows = (
        (
            row.number,
            *about,
            row.provider,
            row.service,
            KIND_WORDS[row.kind],
            row.month,
            row.yen,
            *(_cell(row.basis, name) for name in BASIS_HEADS),
            row.maker,
            row.checker,
            row.decided_on.isoformat(),
            DEMO if statement.is_demo else "",
        )
        for row in statement.rows
    )
    return b"".join(csv_lines(HEAD, rows))


def _cell(basis: Mapping[str, int | str], name: str) -> int | str | float:
    value = basis.get(name, "")
    return 100 * value / WHOLE_BPS if name == "state_share_bps" and isinstance(value, int) else value


def statement_pdf(statement: Statement) -> bytes:
    """The claims on A4: sums by month and kind, sums by provider, then each claim.

    The same statement makes the same bytes.
    """
    facts = {
        "campaign": statement.campaign,
        "code": statement.campaign_code,
        "payer": statement.payer,
        "made_on": written_day(statement.made_on),
        "total": written(statement.total_yen),
        "count": f"{len(statement.rows):,}",
        "paid_back": written(sum(min(0, row.yen) for row in statement.rows)),
        "has_paid_back": any(row.yen < 0 for row in statement.rows),
        "kinds": [KIND_WORDS[kind] for kind in CLAIM_KINDS],
        "months": _sums(statement.rows, lambda row: row.month, _month),
        "providers": _sums(statement.rows, lambda row: row.provider, str),
        "sums": _by_kind(statement.rows),
        "rows": [_line(row) for row in statement.rows],
        "is_demo": statement.is_demo,
    }
    source = resources.files("madoguchi.rewards").joinpath("statement.typ").read_bytes()
    # What people typed goes in as data and is only ever shown as text, never read as markup.
    inputs = {"facts": json.dumps(facts, ensure_ascii=False)}
    compiler = typst.Compiler(source, font_paths=ipaex_gothic(), sys_inputs=inputs)
    return cast(bytes, compiler.compile(source, format="pdf"))


def written(amount: int) -> str:
    """`1,234`; below 0 as Japanese accounts write it, `△1,234`."""
    return f"{'△' if amount < 0 else ''}{abs(amount):,}"


def written_day(day: date) -> str:
    """`2019年11月5日`."""
    return f"{day.year}年{day.month}月{day.day}日"


def _month(month: str) -> str:
    """`2019年10月` of 2019-10."""
    year, number = month.split("-")
    return f"{year}年{int(number)}月"


def _sums(
    rows: Sequence[StatementRow], key: Callable[[StatementRow], str], name: Callable[[str], str]
) -> list[list[str]]:
    """A line for each month or provider: its name, how many claims, yen by kind and in all."""
    found: dict[str, list[StatementRow]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return [[name(one), f"{len(found[one]):,}", *_by_kind(found[one])] for one in sorted(found)]


def _by_kind(rows: Iterable[StatementRow]) -> list[str]:
    """Yen of each kind, then of all."""
    yen = dict.fromkeys(CLAIM_KINDS, 0)
    for row in rows:
        yen[row.kind] += row.yen
    return [*(written(one) for one in yen.values()), written(sum(yen.values()))]


def _line(row: StatementRow) -> dict[str, object]:
    """A claim as the template shows it."""
    return {
        "number": str(row.number),
        "provider": row.provider,
        "service": row.service,
        "kind": KIND_WORDS[row.kind],
        "month": _month(row.month),
        "basis": [
            f"{SHORT_BASIS[name]} {_shown(name, row.basis[name])}" for name in BASIS[row.kind] if name in row.basis
        ],
        "yen": written(row.yen),
        "maker": row.maker,
        "checker": row.checker,
        "decided_on": written_day(row.decided_on),
    }


def _shown(name: str, value: int | str) -> str:
    if name == "state_share_bps":
        return f"{100 * int(value) / WHOLE_BPS:g}%"
    if name == "as_of":
        return written_day(date.fromisoformat(str(value))) if value else "実績なし"
    if not isinstance(value, int):
        return value
    return written(value) + ("台" if name == "terminals" else "")
