"""The statistics' pages: figures with their tables, files and lasting addresses, and nothing that is withheld."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from madoguchi.opendata.places import publish_all
from madoguchi.opendata.population import import_population
from madoguchi.opendata.printed_datasets import DATASETS as PRINTED
from madoguchi.opendata.published_tables import load_published
from madoguchi.opendata.snapshots import make_snapshot, newest_snapshot
from madoguchi.people.access import system_actor
from madoguchi.registry.models import Enrolment, Place
from tests.conftest import Clock
from tests.opendata.conftest import make_shop
from tests.opendata.figure_world import paid, publish_figures, shops

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")
LIVE = (
    "places-by-municipality",
    "places-by-prefecture-trade",
    "places-by-service",
    "coverage-by-municipality",
    "enrolments-by-month",
    "payments-by-month",
)
ALL = (*LIVE, "applications-2019", "registrations-2019")
MOST_BYTES = 200_000


@pytest.fixture(autouse=True)
def world(clock: Clock, towns: Any, settings: Any, tmp_path: Path) -> None:
    """Takasaki has 3 shops, Tomioka 7, Maebashi 20, and Tokyo's Chiyoda 40 with payments."""
    settings.VAR = tmp_path
    Enrolment.objects.all().delete()
    for town, how_many in {"10202": 3, "10210": 7, "10201": 20, "13101": 40}.items():
        for code in shops(town, how_many, services=("paypay",)):
            paid(code, 1_000, date(2026, 9, 10), times=2)


@pytest.fixture
def published(world: None) -> None:
    """Every dataset in a first version."""
    publish_figures()
    load_published()
    for dataset in PRINTED:
        make_snapshot(actor=SYSTEM, dataset=dataset)


@pytest.fixture
def english(browse: Callable[..., Client]) -> Client:
    return browse()


@pytest.fixture
def japanese() -> Client:
    return Client(headers={"accept-language": "ja"})


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def cells(html: str, name: str) -> list[str]:
    """The cells of the first row of that name."""
    found = re.search(rf'<tr><th scope="row">(?:<a [^>]*>)?{re.escape(name)}(?:</a>)?</th>(.*?)</tr>', html)
    assert found, name
    return [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", found.group(1))]


def test_before_anything_is_published_the_pages_say_so(english: Client, japanese: Client) -> None:
    assert "There are no figures yet" in page(english, "/statistics/")
    assert "まだ数がありません" in page(japanese, "/statistics/places-by-municipality/")


def test_months_that_are_not_over_leave_a_page_that_says_what_will_be_there(english: Client) -> None:
    Enrolment.objects.all().delete()
    publish_figures()
    assert "Nothing was counted yet" in page(english, "/statistics/enrolments-by-month/")


@pytest.mark.usefixtures("published")
def test_the_overview_has_the_headlines_of_the_country(english: Client) -> None:
    """P-42, P-43: 730,493 applications and 498,281 shops as printed, beside what is counted here."""
    html = page(english, "/statistics/")
    for figure in ("730,493", "498,281", ">70<", ">140<"):
        assert figure in html, figure


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("dataset", ALL)
def test_every_page_has_a_picture_its_table_files_and_a_lasting_address_in_both_languages(
    dataset: str, english: Client, japanese: Client
) -> None:
    snapshot = newest_snapshot(dataset)
    assert snapshot is not None
    for client, language in ((english, "en"), (japanese, "ja")):
        html = page(client, f"/statistics/{dataset}/")
        assert f'<html lang="{language}"' in html
        assert '<svg xmlns="http://www.w3.org/2000/svg" class="chart' in html
        assert "<table" in html
        for kind in ("csv", "parquet"):
            assert f'href="/data/{dataset}/{snapshot.version}/{dataset}.{kind}"' in html
        assert f"/statistics/{dataset}/?version={snapshot.version}" in html
        assert "style=" not in html
        assert len(html.encode()) < MOST_BYTES


@pytest.mark.usefixtures("published")
def test_a_withheld_count_is_a_word_and_never_0(english: Client, japanese: Client) -> None:
    """P-44: Takasaki's 3 and what would tell them."""
    for client, word in ((english, "withheld"), (japanese, "秘匿")):
        html = page(client, "/statistics/places-by-municipality/10/")
        takasaki, tomioka = ("Takasaki City", "Tomioka City") if client is english else ("高崎市", "富岡市")
        assert cells(html, takasaki) == [word]
        assert cells(html, tomioka) == [word]
    html = page(english, "/statistics/places-by-municipality/10/")
    assert cells(html, "Maebashi City") == ["20"]
    assert cells(html, "Kiryu City") == ["0"]
    assert cells(html, "Gunma") == ["30"]
    assert "2 withheld are not ranked" in html


@pytest.mark.usefixtures("published")
def test_the_served_file_has_no_withheld_figure_either(english: Client) -> None:
    snapshot = newest_snapshot("places-by-municipality")
    assert snapshot is not None
    address = f"/data/places-by-municipality/{snapshot.version}/places-by-municipality.csv"
    content = b"".join(english.get(address).streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    (line,) = [line for line in content.splitlines() if line.startswith("municipality,10202,")]
    assert line == "municipality,10202,群馬県,高崎市,,,,,places"


@pytest.mark.usefixtures("published")
def test_a_lasting_address_shows_the_same_figures_after_the_data_changed(english: Client, clock: Clock) -> None:
    snapshot = newest_snapshot("places-by-municipality")
    assert snapshot is not None
    address = f"/statistics/places-by-municipality/10/?version={snapshot.version}"
    before = page(english, address)
    shops("10201", 11)
    clock.move(days=1)
    publish_figures()
    cache.clear()  # pages are remembered half a minute

    after = page(english, address)
    assert cells(before, "Maebashi City") == cells(after, "Maebashi City") == ["20"]
    assert "figures of an earlier version" in after
    assert cells(page(english, "/statistics/places-by-municipality/10/"), "Maebashi City") == ["31"]


@pytest.mark.usefixtures("published")
def test_links_and_filters_keep_the_version_that_is_read(english: Client) -> None:
    snapshot = newest_snapshot("places-by-prefecture-trade")
    assert snapshot is not None
    html = page(english, f"/statistics/places-by-prefecture-trade/?version={snapshot.version}&trade=retail")
    assert f'<input type="hidden" name="version" value="{snapshot.version}">' in html
    assert f"?version={snapshot.version}&amp;trade=retail" in html


def test_coverage_shows_where_a_post_office_is_alone(english: Client) -> None:
    """H-05b: offices, stores and towns' counters side by side, and which towns have an office and no store."""
    make_shop("コンビニ富岡店", trade="5499")
    make_shop("泰阜の郵便局", municipality="20414")
    Place.objects.filter(name="泰阜の郵便局").update(kind="post_office")
    publish_all()
    publish_figures()
    html = page(english, "/statistics/coverage-by-municipality/")
    heads = ("Post offices", "Convenience stores", "Towns&#x27; counters", "Municipalities with an office alone")
    for head in heads:
        assert head in html
    assert cells(html, "Gunma")[1] == "1"
    assert cells(html, "Nagano")[3] == "1"
    assert "Withheld" not in html
    html = page(english, "/statistics/coverage-by-municipality/20/?measure=post_office_alone")
    assert cells(html, "Yasuoka Village")[3] == "1"
    assert "Municipalities with an office alone: 1" in html
    assert 'id="ranking"' not in html


@pytest.mark.usefixtures("published")
def test_the_printed_tables_are_statistics_too(english: Client) -> None:
    """P-42: Tokyo's municipalities add up to the printed subtotal; P-43: the printed sums of the trades."""
    html = page(english, "/statistics/applications-2019/")
    assert cells(html, "Japan") == ["730,493"]
    html = page(english, "/statistics/registrations-2019/")
    assert cells(html, "Japan") == ["498,281", "229,919", "78,640", "116,000", "13,187", "60,535"]


def test_places_per_thousand_residents_once_a_population_table_is_given(english: Client) -> None:
    import_population(actor=SYSTEM, content=b"code,residents,date\n10201,80000,2026-01-01\n")
    publish_figures()
    html = page(english, "/statistics/places-by-municipality/10/?measure=per_1000")
    assert cells(html, "Maebashi City") == ["20", "0.25"]
    assert cells(html, "Takasaki City") == ["withheld", "withheld"]
    assert cells(html, "Kiryu City") == ["0", "–"]


@pytest.mark.usefixtures("published")
def test_a_month_is_told_for_a_prefecture_and_a_service(english: Client) -> None:
    html = page(english, "/statistics/payments-by-month/?prefecture=13&service=paypay")
    assert cells(html, "Sep 2026")[:2] == ["80", "80,000"]


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    "address",
    [
        "/statistics/places/",
        "/statistics/no-such/",
        "/statistics/places-by-municipality/48/",
        "/statistics/places-by-service/10/",
        "/statistics/places-by-municipality/?version=20200101T000000",
    ],
)
def test_an_address_of_nothing_is_not_found(english: Client, address: str) -> None:
    assert english.get(address).status_code == 404


@pytest.mark.usefixtures("published")
def test_an_unknown_choice_in_the_address_shows_the_first(english: Client) -> None:
    html = page(english, "/statistics/places-by-service/?service=%3Cscript%3E")
    assert "<script>" not in html.split("<main", 1)[1].split("</main>")[0]
