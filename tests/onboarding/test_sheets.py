"""Many places by one sheet: good rows are read, bad ones come back with the reason beside each (J-22, P-27, P-28)."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from madoguchi.core.tables import harmless
from madoguchi.onboarding.sheets import PlaceDraft, sentence, with_faults
from tests.onboarding.made_sheets import HEADS, csv_file, line, read, table_of, xlsx_file


def place(**cells):
    """The place of a sheet with one good row."""
    reading = read(csv_file(line(**cells)))
    assert reading.faults == ()
    return reading.rows[0].place


def faults(**cells):
    """Column, code and value of each fault of a sheet with one row, which then has no good one."""
    reading = read(csv_file(line(**cells)))
    assert reading.rows == ()
    return [(fault.column, fault.code, fault.value) for fault in reading.faults]


# What a good row says


def test_a_full_row_becomes_a_place():
    reading = read(
        csv_file(
            line(
                name_en="Citizens' Division",
                name_kana="しみんか",
                place_class="移動",
                phone="０２７４－６３－１１１１",
                purposes="証明書発行手数料、観覧料",
                services="PayPay, クレジットカード",
                used_already="PayPay",
                registration_id="0012",
                opening_hours="平日8:30〜17:15",
                remarks="2階",
            )
        )
    )

    assert reading.faults == ()
    assert [row.number for row in reading.rows] == [2]
    assert reading.rows[0].place == PlaceDraft(
        name="市民課",
        kind="division",
        municipality_code="10210",
        name_en="Citizens' Division",
        name_kana="しみんか",
        place_class="mobile",
        postal_code="3702316",
        address="群馬県富岡市富岡1460-1",
        phone="0274-63-1111",
        purposes=("certificate_fee", "admission_fee"),
        services=frozenset({"paypay", "card"}),
        used_already=frozenset({"paypay"}),
        registration_id="0012",
        opening_hours="平日8:30〜17:15",
        remarks="2階",
    )


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("課", "division"),
        ("施設", "facility"),
        ("店舗", "shop"),
        ("郵便局", "post_office"),
        ("車両", "vehicle"),
        ("Post office", "post_office"),
        ("SHOP", "shop"),
        ("vehicle", "vehicle"),
    ],
)
def test_a_kind_is_named_in_japanese_in_english_or_by_its_code(word, kind):
    assert place(kind=word).kind == kind


@pytest.mark.parametrize(
    ("word", "place_class"),
    [("固定", "fixed"), ("移動", "mobile"), ("EC", "ec"), ("ＥＣ", "ec"), ("その他", "other"), ("", "fixed")],
)
def test_the_class_of_a_place_is_fixed_unless_it_says_otherwise(word, place_class):
    """P-28: 移動, EC and その他 are not on the map."""
    assert place(place_class=word).place_class == place_class


def test_an_address_is_filled_in_from_the_postal_code():
    """P-27: and it is told, for the house number is still missing."""
    found = place(postal_code="〒３７０－２３１６", address=None)
    assert (found.address, found.is_address_filled, found.municipality_code) == ("群馬県富岡市富岡", True, "10210")


def test_an_address_without_a_postal_code_names_its_municipality_itself():
    found = place(postal_code=None, address="長野県下伊那郡泰阜村3236-1")
    assert (found.municipality_code, found.postal_code, found.is_address_filled) == ("20414", "", False)


def test_a_place_in_a_ward_belongs_to_the_city():
    assert place(postal_code="4600008", address=None).municipality_code == "23100"


def test_the_address_decides_where_a_postal_code_covers_two_municipalities():
    found = place(postal_code="4980000", address="三重県桑名郡木曽岬町西対海地251")
    assert found.municipality_code == "24303"


def test_no_services_named_means_all_of_the_application():
    """J-22: one application, all its places."""
    assert place(services=None).services == frozenset()


def test_a_service_in_use_already_is_one_of_those_chosen():
    """J-23."""
    found = place(services="PayPay", used_already="d払い")
    assert (found.services, found.used_already) == (frozenset({"paypay", "dbarai"}), frozenset({"dbarai"}))


@pytest.mark.parametrize(
    "separated", ["PayPay、d払い", "paypay,dbarai", "ＰａｙＰａｙ，d払い", "PayPay；d払い", "PayPay\nd払い"]
)
def test_a_lists_items_may_be_separated_in_several_ways(separated):
    assert place(services=separated).services == frozenset({"paypay", "dbarai"})


def test_a_service_or_purpose_is_understood_by_any_of_its_names():
    found = place(services="credit card", purposes="Admission fees")
    assert (found.services, found.purposes) == (frozenset({"card"}), ("admission_fee",))


@pytest.mark.parametrize("nothing", ["-", "－", "ー", "―"])
def test_a_dash_alone_means_nothing(nothing):
    assert place(phone=nothing, remarks=nothing, services=nothing).remarks == ""


def test_numbers_that_a_spreadsheet_shortened_are_made_whole_again():
    """A number has no zeros in front: Sapporo's 060-0042 comes as 600042, Aomori's phone without its 0."""
    found = read(
        xlsx_file(line(postal_code=600042, address="北海道札幌市中央区大通西1", phone=112112111)), "places.xlsx"
    )
    assert found.faults == ()
    assert (found.rows[0].place.postal_code, found.rows[0].place.phone) == ("0600042", "0112112111")


def test_a_short_postal_code_is_not_guessed_without_an_address_that_confirms_it():
    assert faults(postal_code="600042", address=None) == [("postal_code", "postal_code_malformed", "600042")]


def test_a_phone_number_abroad_is_no_formula():
    assert place(phone="+81-27-463-1111").phone == "+81-27-463-1111"


# How the columns may stand


def test_columns_may_stand_in_any_order_in_either_language_beside_the_applicants_own():
    head = ["自社番号", "Kind", "住所", "ADDRESS OF OWNER", "名称", "Postal code（必須）"]
    reading = read(csv_file(["A-1", "課", "", "x", "市民課", "370-2316"], head=head))

    assert [row.place.name for row in reading.rows] == ["市民課"]
    assert table_of(with_faults(reading, "ja"), "x.csv") == [
        ["エラー", *head],
        ["", "A-1", "課", "", "x", "市民課", "370-2316"],
    ]


def test_titles_above_the_head_and_blank_rows_keep_the_rows_numbers():
    data = csv_file(HEADS, [], line(), [], line(name="税務課", kind="城"), head=["富岡市の窓口一覧"])
    reading = read(data)

    assert [row.number for row in reading.rows] == [4]
    assert [(fault.row, fault.code) for fault in reading.faults] == [(6, "kind_unknown")]
    back = table_of(with_faults(reading, "ja"), "x.csv")
    assert back[0] == ["", "富岡市の窓口一覧"]
    assert back[5][1] == "税務課"


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("utf-8", ","), ("utf-8-sig", ","), ("cp932", ","), ("utf-8-sig", "\t"), ("cp932", "\t"), ("utf-16", "\t")],
)
def test_a_csv_is_read_and_given_back_as_it_was_written(encoding, delimiter):
    data = csv_file(line(), line(name="税務課", kind="城"), encoding=encoding, delimiter=delimiter)
    reading = read(data)

    assert [row.place.name for row in reading.rows] == ["市民課"]
    back = with_faults(reading, "ja").decode("utf-8-sig" if encoding == "utf-8" else encoding)
    assert list(csv.reader(io.StringIO(back), delimiter=delimiter))[1][1] == "市民課"
    assert read(with_faults(reading, "ja")).faults == reading.faults


# What is wrong with a row


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"name": None}, ("name", "cell_empty", "")),
        ({"kind": None}, ("kind", "cell_empty", "")),
        ({"kind": "城"}, ("kind", "kind_unknown", "城")),
        ({"place_class": "空中"}, ("place_class", "place_class_unknown", "空中")),
        ({"postal_code": "370"}, ("postal_code", "postal_code_malformed", "370")),
        ({"postal_code": "999-9999"}, ("postal_code", "postal_code_unknown", "999-9999")),
        ({"address": "長野県高森町下市田2183-1"}, ("postal_code", "postal_code_elsewhere", "370-2316")),
        ({"postal_code": None, "address": None}, ("address", "address_missing", "")),
        ({"postal_code": None, "address": "富岡1460-1"}, ("address", "municipality_unclear", "富岡1460-1")),
        ({"postal_code": "4980000", "address": None}, ("address", "address_ambiguous", "")),
        ({"phone": "63-1111"}, ("phone", "phone_wrong", "63-1111")),
        ({"phone": "090-1234-56789"}, ("phone", "phone_wrong", "090-1234-56789")),
        ({"name_kana": "市民課"}, ("name_kana", "name_kana_wrong", "市民課")),
        ({"name_en": "市民課"}, ("name_en", "name_en_not_latin", "市民課")),
        ({"purposes": "駐車場"}, ("purposes", "purpose_unknown", "駐車場")),
        ({"services": "PayPay、現金"}, ("services", "service_unknown", "現金")),
        ({"used_already": "現金"}, ("used_already", "service_unknown", "現金")),
    ],
)
def test_a_cell_that_cannot_be_used_is_named_with_what_stood_there(cells, fault):
    assert faults(**cells) == [fault]


@pytest.mark.parametrize(("key", "longest"), [("name", 80), ("name_en", 160), ("address", 160), ("remarks", 200)])
def test_a_text_has_the_registrys_length(key, longest):
    start = "群馬県富岡市" if key == "address" else ""
    fitting = start + "x" * (longest - len(start))
    assert getattr(place(**{key: fitting}), key) == fitting
    assert [fault[:2] for fault in faults(**{key: fitting + "x"})] == [(key, "text_too_long")]


def test_every_fault_of_a_row_is_told_at_once():
    assert [fault[:2] for fault in faults(name=None, kind="城", phone="1", services="現金")] == [
        ("name", "cell_empty"),
        ("kind", "kind_unknown"),
        ("phone", "phone_wrong"),
        ("services", "service_unknown"),
    ]


def test_a_place_named_twice_names_the_row_of_the_first():
    reading = read(csv_file(line(), line(name="税務課"), line(name="市民 課", kind="施設")))

    assert [row.number for row in reading.rows] == [2, 3]
    assert [(fault.row, fault.code, fault.facts) for fault in reading.faults] == [
        (4, "place_repeated", {"other_row": 2})
    ]
    assert sentence(reading.faults[0], "en").startswith("Name of the place: Row 2 has the same name and address.")


def test_one_name_at_two_addresses_is_two_places():
    assert len(read(csv_file(line(), line(address="群馬県富岡市富岡1460-2"))).rows) == 2


# Formulas

FORMULAS = ['=HYPERLINK("http://example.invalid","x")', "+1", "-1+1", "@SUM(A1)", "＝1+1", " =1", "\t=1"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_in_a_name_is_an_error_and_comes_back_as_text(formula):
    reading = read(csv_file(line(name=formula)))

    assert [(fault.column, fault.code) for fault in reading.faults] == [("name", "formula_in_cell")]
    assert reading.rows == ()
    back = table_of(with_faults(reading, "ja"), "x.csv")[1][1]
    assert back.endswith(formula)
    assert harmless(back) == back


def test_a_formula_cell_of_a_workbook_is_read_as_a_formula_not_as_its_value():
    data = xlsx_file(line(name="=1+1", phone='=CONCATENATE("0274","631111")'))
    reading = read(data, "places.xlsx")

    assert [(fault.column, fault.code, fault.value) for fault in reading.faults] == [
        ("name", "formula_in_cell", "=1+1"),
        ("phone", "formula_in_cell", '=CONCATENATE("0274","631111")'),
    ]
    sheet = load_workbook(io.BytesIO(with_faults(reading, "ja"))).worksheets[0]
    assert [(cell.value, cell.data_type) for cell in (sheet["B2"], sheet["I2"])] == [
        ("'=1+1", "s"),
        ('\'=CONCATENATE("0274","631111")', "s"),
    ]


def test_a_formula_that_failed_is_told():
    book = Workbook()
    book.active.append(HEADS)
    book.active.append(line(name="#REF!"))
    out = io.BytesIO()
    book.save(out)

    assert [(fault.column, fault.code) for fault in read(out.getvalue(), "x.xlsx").faults] == [
        ("name", "error_in_cell")
    ]


def test_a_formula_in_a_column_of_the_applicants_own_is_no_error_but_comes_back_as_text():
    data = xlsx_file([*line(), "=A2&B2"], head=[*HEADS, "自社用"])
    reading = read(data, "places.xlsx")

    assert reading.faults == ()
    assert table_of(with_faults(reading, "ja"), "x.xlsx")[1][-1] == "'=A2&B2"


@given(st.text(min_size=1, max_size=12).filter(lambda text: text.strip() and "\0" not in text))
def test_no_cell_that_comes_back_would_run(text):
    reading = read(csv_file([*line(), text], head=[*HEADS, "自社用"]))
    for row in table_of(with_faults(reading, "ja"), "x.csv"):
        assert all(harmless(cell) == cell for cell in row)


# Going back and forth


@pytest.mark.parametrize("filename", ["places.csv", "places.xlsx"])
def test_a_sheet_given_back_and_sent_again_says_the_same(filename):
    """The apostrophes we add are taken off again, and our own column is replaced, not repeated."""
    rows = [line(phone="+81-27-463-1111"), line(name="=1", kind="城"), line(name="'quoted'"), line(name="税務課")]
    first = read((csv_file if filename.endswith("csv") else xlsx_file)(*rows), filename)
    once = with_faults(first, "ja")
    second = read(once, filename)

    assert (second.rows, second.faults) == (first.rows, first.faults)
    assert table_of(with_faults(second, "ja"), filename) == table_of(once, filename)


def test_the_language_of_the_errors_may_change_on_the_way():
    english = with_faults(read(csv_file(line(kind="城"))), "en")
    assert table_of(english, "x.csv")[0][0] == "Errors"
    assert table_of(with_faults(read(english), "ja"), "x.csv")[0][:2] == ["エラー", HEADS[0]]


def test_every_row_says_what_is_wrong_in_words():
    back = table_of(with_faults(read(csv_file(line(), line(name="税務課", kind="城", phone="1"))), "ja"), "x.csv")

    assert [row[0] for row in back] == [
        "エラー",
        "",
        "種別：「城」という種別はありません。課・施設・店舗・郵便局・車両から選んでください。 "
        "電話番号：「1」は電話番号ではありません。市外局番から10桁か11桁でご記入ください。",
    ]


def test_the_cells_at_fault_are_coloured_and_no_others():
    back = with_faults(read(xlsx_file(line(), line(name="税務課", kind="城")), "x.xlsx"), "en")
    sheet = load_workbook(io.BytesIO(back)).worksheets[0]
    coloured = [
        cell.coordinate for row in sheet.iter_rows(min_row=2) for cell in row if cell.fill.fgColor.rgb == "00FFDEDC"
    ]

    assert coloured == ["A3", "E3"]
    assert sheet["E3"].value == "城"


def test_good_rows_may_be_left_out_so_that_nobody_sends_them_twice():
    reading = read(csv_file(line(), line(name="税務課", kind="城"), line(name="収納課")))
    back = table_of(with_faults(reading, "ja", only_faulty=True), "x.csv")
    assert [row[1] for row in back] == [HEADS[0], "税務課"]
