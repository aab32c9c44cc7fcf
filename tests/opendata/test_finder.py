"""Finding published places (P-31): by words in any spelling, town, postal code, service, rate, class, nearness."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.opendata import finder
from madoguchi.opendata.cells import cell_of
from madoguchi.opendata.finder import COUNTED, PlaceQuery, find_place, find_places, metres_between
from madoguchi.opendata.models import PublishedPlace
from madoguchi.opendata.places import publish_all
from madoguchi.opendata.search_words import search_text_of, wanted_words, words_for, words_in
from tests.conftest import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(shop: Any) -> Any:
    """Four shops and the demo's twelve public places."""
    shop("らーめん髙橋", postal_code="3702316", address="群馬県富岡市富岡1-1", latitude=36.2560, longitude=138.8890)
    shop("Ｃａｆé桜", services=("line_pay",), rate_bps=200, latitude=36.2700, longitude=138.8890)
    shop("移動パン屋", place_class="mobile", rate_bps=None)
    shop("飯田書店", municipality="20205", trade="5942", address="大久保町2534")
    publish_all()


def names(**query: Any) -> list[str]:
    return [place.name for place in find_places(PlaceQuery(**query)).places]


@pytest.mark.parametrize(
    "words",
    [
        "らーめん高橋",
        "ラーメン",
        "ﾗｰﾒﾝ",
        "髙橋",
        "高橋　ラーメン",
        "富岡市富岡 らーめん",
        "群馬県富岡市 高橋",
        "とみおかし らーめん",
    ],
)
def test_a_name_is_found_in_every_spelling(world: Any, words: str) -> None:
    """Width, kana, old forms of kanji; the town by its name or its reading."""
    assert names(words=words) == ["らーめん髙橋"]


@pytest.mark.parametrize("words", ["café", "CAFÉ", "ｃａｆé桜", "Caf"])
def test_letters_are_found_whatever_their_case_and_width(world: Any, words: str) -> None:
    assert names(words=words) == ["Ｃａｆé桜"]


def test_every_word_must_be_there(world: Any) -> None:
    assert names(words="らーめん 書店") == []


def test_pairs_of_characters_alone_are_not_enough(world: Any, shop: Any) -> None:
    """京都 and 都市 are pairs of 京都市, and of 東京都 beside 都市: the whole word must stand there."""
    shop("東京都と都市の店")
    publish_all()

    assert names(words="京都市") == []
    assert names(words="東京都") == ["東京都と都市の店"]


@pytest.mark.parametrize("words", ["〒370-2316", "3702316", "370-2316", "３７０－２３１６", "〒370-2316 らーめん"])
def test_a_postal_code_is_understood_in_the_words(world: Any, words: str) -> None:
    assert names(words=words) == ["らーめん髙橋"]


def test_the_first_three_digits_with_the_sign_find_the_area(world: Any) -> None:
    assert "らーめん髙橋" in names(words="〒370")
    assert "富岡製糸場" in names(words="〒370")
    assert "飯田書店" not in names(words="〒370")


def test_one_character_finds_the_words_that_begin_with_it(world: Any) -> None:
    assert names(words="ら") == ["らーめん髙橋"]
    assert names(words="橋") == []


def test_by_town_and_by_prefecture(world: Any) -> None:
    assert names(municipality="20205") == ["飯田書店"]
    assert "飯田書店" in names(prefecture="20")
    assert "らーめん髙橋" not in names(prefecture="20")


def test_by_service_rate_and_class(world: Any) -> None:
    assert names(service="line_pay", rate_bps=200) == ["Ｃａｆé桜"]
    assert names(place_class="mobile") == ["移動パン屋"]
    assert "移動パン屋" in names(rate_bps=0)
    assert "らーめん髙橋" not in names(rate_bps=0)


def test_near_me_is_nearest_first_with_metres(world: Any) -> None:
    found = find_places(PlaceQuery(near=(36.2550, 138.8890)))

    assert [place.name for place in found.places] == ["らーめん髙橋", "Ｃａｆé桜"]
    assert [found.metres[place.place_id] for place in found.places] == [111, 1668]
    assert found.count == 2


def test_near_me_looks_no_farther_than_twenty_kilometres(world: Any) -> None:
    assert find_places(PlaceQuery(near=(36.5, 138.8890))).places == []


def test_a_piece_of_the_map(world: Any) -> None:
    assert names(box=(138.88, 36.25, 138.90, 36.26)) == ["らーめん髙橋"]
    assert sorted(names(box=(138.6, 36.0, 139.1, 36.5))) == ["らーめん髙橋", "Ｃａｆé桜"]


def test_half_of_japan_is_no_piece_of_the_map(world: Any) -> None:
    with refused("box_too_large"):
        find_places(PlaceQuery(box=(138.5, 36.0, 139.2, 36.1)))


@pytest.mark.parametrize(
    "query",
    [{"near": (95.0, 0.0)}, {"near": (0.0, 200.0)}, {"box": (10.0, 0.0, 5.0, 1.0)}, {"box": (0.0, 50.0, 1.0, 40.0)}],
)
def test_a_position_that_is_nowhere_is_refused(world: Any, query: dict[str, Any]) -> None:
    with refused("position_outside"):
        find_places(PlaceQuery(**query))


def test_a_cursor_that_is_none_is_refused(world: Any) -> None:
    with refused("cursor_unknown"):
        find_places(PlaceQuery(near=(36.2550, 138.8890), after="x"))


def test_pages_follow_one_another_and_hold_everything_once(world: Any) -> None:
    whole = names(limit=100)
    seen: list[str] = []
    after = ""
    while True:
        found = find_places(PlaceQuery(limit=3, after=after))
        assert (found.count, found.is_more) == (len(whole), False)
        seen += [place.name for place in found.places]
        if not (after := found.next):
            break

    assert seen == whole
    assert len(seen) == 15


def test_nearest_places_come_in_pages_too(world: Any) -> None:
    first = find_places(PlaceQuery(near=(36.2550, 138.8890), limit=1))
    second = find_places(PlaceQuery(near=(36.2550, 138.8890), limit=1, after=first.next))

    assert [place.name for place in (*first.places, *second.places)] == ["らーめん髙橋", "Ｃａｆé桜"]
    assert second.next == ""


def copies(count: int, municipality: str = "20205", **facts: Any) -> None:
    """So many more places like 飯田書店, in the order of their names."""
    one = PublishedPlace.objects.get(order_key__startswith="20205飯田書店")
    same = {field.attname: getattr(one, field.attname) for field in one._meta.fields}
    words = one.words.replace(" p:20 ", f" p:{municipality[:2]} ").replace(
        " r:500 ", f" r:{facts.get('rate_bps', 500)} "
    )
    same |= {"municipality_code": municipality, "words": words} | facts
    first = PublishedPlace.objects.count() * 10_000
    PublishedPlace.objects.bulk_create(
        PublishedPlace(**same | {"place_id": UUID(int=first + number), "order_key": f"{municipality} {number:06}"})
        for number in range(1, count + 1)
    )


def test_beyond_a_thousand_the_count_says_more(world: Any) -> None:
    copies(COUNTED)

    found = find_places(PlaceQuery(words="飯田書店"))

    assert (found.count, found.is_more, len(found.places)) == (COUNTED, True, 20)


def pages(**query: Any) -> list[str]:
    """The keys of all places, page by page."""
    keys: list[str] = []
    after = ""
    while True:
        found = find_places(PlaceQuery(**query, after=after))
        keys += [place.order_key for place in found.places]
        if not (after := found.next):
            return keys


def test_a_thousand_with_a_long_word_come_in_pages_and_are_counted(world: Any) -> None:
    copies(COUNTED - 1)

    found = find_places(PlaceQuery(words="飯田書店"))

    assert (found.count, found.is_more, len(found.places)) == (COUNTED, False, 20)
    keys = pages(words="飯田書店", limit=300)
    assert (keys, len(set(keys))) == (sorted(keys), COUNTED)


def test_more_with_a_long_word_come_in_pages_through_every_prefecture(world: Any) -> None:
    """Pages that a prefecture fills, pages that lead into the next, and one that begins where none is."""
    for municipality, count in (("02201", 50), ("02202", 5), ("13101", 45), ("20205", COUNTED)):
        copies(count, municipality)
    whole = sorted(PublishedPlace.objects.filter(name="飯田書店").values_list("order_key", flat=True))

    assert pages(words="飯田書店", limit=40) == whole
    assert len(whole) == COUNTED + 101
    found = find_places(PlaceQuery(words="飯田書店"))
    assert (found.count, found.is_more) == (COUNTED, True)
    assert [place.order_key for place in found.places] == whole[:20]


def test_once_there_are_few_again_the_count_says_so(world: Any) -> None:
    """That there were many is remembered for ten minutes."""
    copies(COUNTED + 1)
    assert find_places(PlaceQuery(words="飯田書店")).is_more
    PublishedPlace.objects.filter(name="飯田書店").exclude(order_key__startswith="20205飯田書店").delete()

    found = find_places(PlaceQuery(words="飯田書店"))

    assert (found.count, found.is_more, [place.name for place in found.places]) == (1, False, ["飯田書店"])
    PublishedPlace.objects.filter(name="飯田書店").delete()
    assert find_places(PlaceQuery(words="飯田書店")).count == 0


def test_a_long_word_stays_with_its_town_and_its_service(world: Any) -> None:
    copies(COUNTED + 1, "02201")

    assert names(words="飯田書店", municipality="20205") == ["飯田書店"]
    assert names(words="飯田書店", municipality="20205", service="line_pay") == []
    found = find_places(PlaceQuery(words="飯田書店", prefecture="02", limit=1))
    assert (found.count, found.is_more, found.places[0].order_key) == (COUNTED, True, "02201 000001")


def test_a_common_service_is_told_by_the_first_places_and_a_rare_one_counted(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is counted is: not only those among the first that are looked at."""
    copies(COUNTED + 1, "13101", service_codes=";au_pay;", rate_bps=200)
    monkeypatch.setattr(finder, "LOOKED_AT", 16)

    rare, common = find_places(PlaceQuery(service="line_pay")), find_places(PlaceQuery(rate_bps=200))

    assert (rare.count, rare.is_more, len(rare.places)) == (12, False, 12)
    assert (common.count, common.is_more) == (COUNTED, True)


def test_one_place_by_its_id(world: Any) -> None:
    row = PublishedPlace.objects.get(name="飯田書店")

    assert find_place(row.place_id).name == "飯田書店"


def test_a_place_that_is_not_published_cannot_be_read(shop: Any) -> None:
    hidden = shop(consent=False)
    publish_all()

    with refused("place_unknown"):
        find_place(hidden.id)


@given(st.text(max_size=30), st.integers(0, 29), st.integers(1, 30))
def test_every_piece_of_a_text_finds_it(text: str, start: int, length: int) -> None:
    """Whatever stands in a word of a text, asked for as it stands there, is found."""
    for word in words_in(text):
        piece = word[start % len(word) :][:length]
        if len(piece) == 1 and not word.startswith(piece):
            continue
        if words_in(piece) == [piece]:
            assert wanted_words(piece) <= set(words_for([text], []).split())
            assert piece in search_text_of([text])


def test_distances_are_those_of_the_globe() -> None:
    """Tokyo's and Osaka's main stations are 403 km apart."""
    assert round(metres_between((35.6812, 139.7671), (34.7025, 135.4959)) / 1000) == 403


def test_a_town_with_a_service_comes_in_pages_and_is_counted(world: Any) -> None:
    """The town's index alone tells which places they are."""
    query = {"prefecture": "10", "service": "paypay"}
    whole = names(**query, limit=100)
    first = find_places(PlaceQuery(**query, limit=2))
    second = find_places(PlaceQuery(**query, limit=100, after=first.next))

    assert [place.name for place in (*first.places, *second.places)] == whole
    assert (first.count, len(whole)) == (len(whole), len(set(whole)))
    assert len(whole) > 3
    assert all("paypay" in place.services for place in (*first.places, *second.places))


def test_who_has_two_pages_of_places_near_is_not_told_of_farther_ones(world: Any) -> None:
    """40 within half a kilometre are enough; that there are more beyond is said without looking."""
    copies(39, "10210", latitude=36.2552, longitude=138.8890, cell=cell_of(36.2552, 138.8890))

    found = find_places(PlaceQuery(near=(36.2550, 138.8890), limit=100))

    assert (len(found.places), found.count, found.is_more) == (40, 40, True)
    assert max(found.metres.values()) == 111
    assert "Ｃａｆé桜" not in [place.name for place in found.places]


def test_a_lonely_reader_is_told_what_is_far(world: Any) -> None:
    """Rings that will not hold enough places either are passed over, the last is not."""
    found = find_places(PlaceQuery(near=(36.40, 138.8890), service="line_pay"))

    assert [place.name for place in found.places] == ["Ｃａｆé桜"]
    assert list(found.metres.values()) == [14455]
