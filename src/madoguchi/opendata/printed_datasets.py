"""The tables of the 2019 notice as datasets (P-42, P-43): the names as printed beside the official ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pyarrow as pa

from madoguchi.core.errors import Refusal
from madoguchi.opendata.datasets import Column, Dataset
from madoguchi.opendata.models import PublishedTable
from madoguchi.opendata.published_files import file_rows, head_of

YEAR = 2019
CREDIT = (
    "出典：経済産業省キャッシュレス推進室「キャッシュレス・ポイント還元事業に関する情報の御提供」（令和元年10月2日）"
    "の表を読み取り、市区町村名を正式な名称に直して作成しました。"
)
CREDIT_EN = (
    "Source: Ministry of Economy, Trade and Industry, Cashless Promotion Office, notice on the cashless point reward "
    "programme of 2 October 2019; its tables were read and their names resolved to the official ones."
)
CODE = "市区町村は5桁（JIS X 0402）、都道府県は2桁です。ゼロで始まるものがあるため、文字列として扱います。"
CODE_EN = "Five digits for a municipality (JIS X 0402), two for a prefecture. Some begin with zero, so they are text."


def _names(*, by_town: bool) -> tuple[Column, ...]:
    town = (Column("municipality", "text", "市区町村", "Municipality", "正式な名称", "Its official name"),)
    return (
        Column("code", "text", "コード", "Code", CODE, CODE_EN),
        Column("prefecture", "text", "都道府県", "Prefecture", "正式な名称", "Its official name"),
        *(town if by_town else ()),
        Column("as_printed", "text", "印字された名称", "Name as printed", "通知に印字されたまま", "As in the notice"),
    )


def make_printed(name: str, columns: tuple[Column, ...]) -> pa.Table:
    """The rows of the last print of 2019 of a table. Raises Refusal `published_table_unknown` before it is imported."""
    tables = PublishedTable.objects.filter(name=name, as_of_on__year=YEAR).order_by("-version")
    table = tables.first()
    if table is None:
        raise Refusal("published_table_unknown", table=name)
    head = head_of(table)
    rows = [dict(zip(head, row, strict=True)) for row in file_rows(table)]
    return pa.table({column.name: [row[column.name] for row in rows] for column in columns})


def _made_from(name: str, columns: tuple[Column, ...]) -> Callable[[], pa.Table]:
    return partial(make_printed, name, columns)


APPLICATIONS = (
    *_names(by_town=True),
    Column(
        "applications",
        "integer",
        "申請件数",
        "Applications",
        "2019年9月25日時点の加盟店申請数",
        "Applications of shops by 25 September 2019",
    ),
)
REGISTRATIONS = (
    *_names(by_town=False),
    Column(
        "total",
        "integer",
        "加盟店数",
        "Shops",
        "2019年10月1日から開始できる加盟店。業種別の合計",
        "Shops that could start on 1 October 2019: the sum of the trades",
    ),
    Column("retail", "integer", "小売業", "Retail", "固定店舗", "Fixed shops"),
    Column("restaurants", "integer", "飲食業", "Restaurants", "固定店舗", "Fixed shops"),
    Column("other_services", "integer", "その他サービス業", "Other services", "固定店舗", "Fixed shops"),
    Column("mobile", "integer", "移動販売", "Mobile sales", "タクシー、屋台など", "Taxis, stalls and the like"),
    Column("mail_order", "integer", "通信販売", "Mail order"),
)
DATASETS = (
    Dataset(
        name="applications-2019",
        theme="printed",
        title="キャッシュレス・ポイント還元事業 加盟店申請数（市区町村別、2019年9月25日）",
        title_en="Cashless point reward programme: applications by municipality (25 September 2019)",
        about="2019年10月2日の通知の別添1です。1,741市区町村の申請件数を、正式なコードと名称をつけて公開します。",
        about_en="Annex 1 of the notice of 2 October 2019: 1,741 municipalities with their official codes and names.",
        columns=APPLICATIONS,
        make=_made_from("applications", APPLICATIONS),
        refresh="once",
        credit=CREDIT,
        credit_en=CREDIT_EN,
    ),
    Dataset(
        name="registrations-2019",
        theme="printed",
        title="10月1日から開始できる加盟店登録数（都道府県別・業種別、2019年9月25日）",
        title_en="Shops registered to start on 1 October, by prefecture and trade (25 September 2019)",
        about="2019年10月2日の通知の別添2です。47都道府県の加盟店数を業種別に公開します。",
        about_en="Annex 2 of the notice of 2 October 2019: the 47 prefectures' shops by trade.",
        columns=REGISTRATIONS,
        make=_made_from("registrations", REGISTRATIONS),
        refresh="once",
        credit=CREDIT,
        credit_en=CREDIT_EN,
    ),
)
