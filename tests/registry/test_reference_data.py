"""The tables that ship with the registry say what their sources print, and no more (M-08, P-37, P-42, X-02)."""

import csv
import re
from collections import Counter
from importlib.resources import files

import pytest

from madoguchi.registry.loading import services_of_2019

DATA = files("madoguchi.registry") / "data"

Rows = list[dict[str, str]]


def read(name: str) -> Rows:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def municipalities() -> Rows:
    return read("municipalities.csv")


@pytest.fixture(scope="module")
def pilots() -> Rows:
    return read("pilots_2020.csv")


@pytest.fixture(scope="module")
def services() -> Rows:
    return list(services_of_2019())


def test_every_municipality_and_special_ward_is_there_exactly_once(municipalities):
    """P-42: annex 1 counts 1,741 = 1,718 municipalities + the 23 special wards of Tokyo."""
    kinds = Counter(row["kind"] for row in municipalities)

    assert kinds == {"city": 792, "town": 743, "village": 183, "ward": 23}
    assert kinds.total() - kinds["ward"] == 1718
    assert len({row["code"] for row in municipalities}) == len(municipalities) == 1741
    assert [row["code"] for row in municipalities] == sorted(row["code"] for row in municipalities)


def test_a_code_is_five_digits_and_begins_with_its_prefecture(municipalities):
    """P-42: JIS X 0402 without the check digit; the first two digits are JIS X 0401."""
    prefectures = {row["code"]: row["name"] for row in read("prefectures.csv")}

    for row in municipalities:
        assert re.fullmatch(r"\d{5}", row["code"])
        assert row["prefecture"] == prefectures[row["code"][:2]]


def test_there_are_47_prefectures_and_each_has_municipalities(municipalities):
    """P-42."""
    prefectures = read("prefectures.csv")

    assert [row["code"] for row in prefectures] == [f"{number:02}" for number in range(1, 48)]
    assert len({row["name_en"] for row in prefectures}) == 47
    assert {row["name"] for row in prefectures} == {row["prefecture"] for row in municipalities}


def test_names_readings_and_english_agree_on_the_kind(municipalities):
    """P-42: no county (郡) and no island before a name; the reading is whole, with まち or ちょう, むら or そん."""
    endings = {
        "city": ("市", "シ", "City"),
        "town": ("町", "(?:マチ|チョウ)", "Town"),
        "village": ("村", "(?:ムラ|ソン)", "Village"),
        "ward": ("区", "ク", "Ward"),
    }
    for row in municipalities:
        kanji, kana, english = endings[row["kind"]]
        assert row["name"].endswith(kanji)
        assert re.fullmatch(rf"[ァ-ヺ]+{kana}", row["name_kana"]), row
        assert re.fullmatch(rf"[A-Z][a-z]*(?:-[A-Z][a-z]+)? {english}", row["name_en"]), row
        assert row["kind"] == "city" or not re.match(r".+郡.+[町村]", row["name"]), row
        assert (row["code"] < f"{row['code'][:2]}300") == (row["kind"] in {"city", "ward"}), row


def test_only_tokyo_has_wards_and_the_six_northern_villages_are_left_out(municipalities):
    """P-42: a designated city is one row; 01695 to 01700 have no town hall that could apply."""
    codes = {row["code"] for row in municipalities}
    wards = {row["code"] for row in municipalities if row["kind"] == "ward"}

    assert wards == {str(code) for code in range(13101, 13124)}
    assert codes.isdisjoint({f"{code:05}" for code in range(1695, 1701)})
    assert {"01100", "14130", "14150", "22130", "27140", "40100", "40130"} <= codes
    assert codes.isdisjoint({"01101", "14131", "14151", "22131", "22138", "27141", "40101", "40131"})


@pytest.mark.parametrize(
    ("code", "name", "name_kana", "name_en"),
    [
        ("01100", "札幌市", "サッポロシ", "Sapporo City"),
        ("10210", "富岡市", "トミオカシ", "Tomioka City"),
        ("10344", "榛東村", "シントウムラ", "Shinto Village"),  # 北群馬郡: グン occurs twice in its reading
        ("12218", "勝浦市", "カツウラシ", "Katsuura City"),  # two u that are not one long vowel
        ("13101", "千代田区", "チヨダク", "Chiyoda Ward"),
        ("13381", "三宅村", "ミヤケムラ", "Miyake Village"),  # the postal data write 三宅島三宅村
        ("20403", "高森町", "タカモリマチ", "Takamori Town"),
        ("20414", "泰阜村", "ヤスオカムラ", "Yasuoka Village"),
        ("22130", "浜松市", "ハママツシ", "Hamamatsu City"),
        ("23302", "東郷町", "トウゴウチョウ", "Togo Town"),
        ("27100", "大阪市", "オオサカシ", "Osaka City"),
        ("28481", "上郡町", "カミゴオリチョウ", "Kamigori Town"),  # 郡 belongs to the name
        ("45202", "都城市", "ミヤコノジョウシ", "Miyakonojo City"),
    ],
)
def test_known_municipalities_read_as_they_call_themselves(municipalities, code, name, name_kana, name_en):
    """P-42; the pilots of M-08 and Yasuoka of X-04 are among them."""
    row = next(row for row in municipalities if row["code"] == code)

    assert (row["name"], row["name_kana"], row["name_en"]) == (name, name_kana, name_en)


def test_ten_places_of_three_known_municipalities_went_first_with_jpqr(municipalities, pilots):
    """M-08."""
    codes = {row["code"] for row in municipalities}

    assert Counter(row["municipality_code"] for row in pilots) == {"20403": 2, "23302": 3, "10210": 5}
    assert {row["municipality_code"] for row in pilots} <= codes
    assert len({row["place"] for row in pilots}) == 10
    assert Counter(row["kind"] for row in pilots) == {"division": 6, "facility": 4}


def test_a_place_may_have_several_purposes_and_a_purpose_several_places(pilots):
    """M-09."""
    known = {row["code"] for row in read("purposes.csv")}
    purposes = {row["place"]: row["purposes"].split(";") for row in pilots}
    places_by_purpose = Counter(code for codes in purposes.values() for code in codes)

    assert purposes["妙義中央公民館"] == ["various_certificate_fee", "facility_fee"]
    assert all(len(codes) == 1 for place, codes in purposes.items() if place != "妙義中央公民館")
    assert set(places_by_purpose) == known
    assert all(count > 1 for count in places_by_purpose.values())


def test_a_payment_company_is_named_only_where_the_release_names_one(pilots):
    """X-02: LINE Pay is printed once, beside two rows of Takamori; nothing is printed for Togo and Tomioka."""
    companies = [(row["municipality_code"], row["payment_company"], row["payment_company_certainty"]) for row in pilots]

    assert companies[:2] == [("20403", "LINE Pay", "printed"), ("20403", "LINE Pay", "merged_cell")]
    assert {company[1:] for company in companies[2:]} == {("", "unknown")}


def test_27_services_some_with_a_row_for_each_channel(services):
    """P-37: LINE Pay, merpay and au PAY give rewards by channel, so 27 services are 32 rows."""
    rows_by_service = Counter(row["service_id"] for row in services)

    assert len(rows_by_service) == 27
    assert {service: count for service, count in rows_by_service.items() if count > 1} == {
        "line_pay": 4,
        "merpay": 2,
        "au_pay": 2,
    }
    assert len({(row["service_id"], row["channel"]) for row in services}) == len(services) == 32


def test_a_cap_is_the_amount_that_is_printed(services):
    """P-37, P-38: the number a program uses opens the text a reader sees."""
    for row in services:
        assert re.match(rf"{row['cap_amount']}(?:ポイント|円)/", row["cap_as_printed"]), row


def test_a_service_has_one_name_issuer_and_page_whatever_the_channel(services):
    """P-37b."""
    facts = {(row["service_id"], row["name"], row["issuer"], row["programme_page"]) for row in services}

    assert len(facts) == 27
    assert all(row["programme_page"].startswith("https://") for row in services)
