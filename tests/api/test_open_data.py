"""The open API: datasets, versions and rows for anybody's program, unchanged answers not sent, so many a minute."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from madoguchi.core.origins import network_of
from madoguchi.opendata import limits
from madoguchi.opendata.datasets import find_dataset
from madoguchi.opendata.limits import count_request
from madoguchi.opendata.models import Snapshot
from madoguchi.opendata.published_tables import load_published
from madoguchi.opendata.snapshots import make_snapshot, path_of
from madoguchi.people.access import system_actor
from tests.conftest import Clock

pytestmark = pytest.mark.django_db
NAME = "applications-2019"
ROWS = f"/api/v1/open/datasets/{NAME}/rows"
READER, OTHER = "203.0.113.7", "198.51.100.9"


@pytest.fixture(autouse=True)
def folder(towns: Any, clock: Clock, settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    settings.PUBLIC_URL = "http://testserver"
    settings.OPEN_LIMIT_PER_MINUTE = 3


@pytest.fixture
def published() -> Snapshot:
    """The notice's applications (P-42)."""
    load_published()
    return make_snapshot(actor=system_actor("test"), dataset=find_dataset(NAME))


def ask(address: str, network: str = "", **headers: str) -> Any:
    """A GET from this machine, which is not limited, or from `network`."""
    forwarded = {"X-Forwarded-For": network} if network else {}
    return Client().get(address, headers={**forwarded, **{key.replace("_", "-"): headers[key] for key in headers}})


def test_the_list_tells_each_dataset_with_its_newest_version(published: Snapshot) -> None:
    told = ask("/api/v1/open/datasets").json()
    names = [one["name"] for one in told["datasets"]]
    found = told["datasets"][names.index(NAME)]

    assert told["licence"]["address"] == "https://creativecommons.org/licenses/by/4.0/"
    assert names[0] == "places"
    assert told["datasets"][0]["newest"] is None
    assert (found["version_count"], found["newest"]["row_count"]) == (1, 1_741)
    assert found["newest"]["files"][0] == {
        "kind": "csv",
        "address": f"http://testserver/data/{NAME}/{published.version}/{NAME}.csv",
        "media_type": "text/csv; charset=utf-8",
        "bytes": published.files["csv"]["bytes"],
        "sha256": published.files["csv"]["sha256"],
    }


def test_a_datasets_versions_come_newest_first_by_the_hundred(published: Snapshot) -> None:
    facts = {
        "made_at": published.made_at,
        "data_at": published.data_at,
        "row_count": 1,
        "content_sha256": "",
        "files": {},
    }
    Snapshot.objects.bulk_create(
        Snapshot(dataset="places", version=f"20260101T{number:06}", **facts) for number in range(250)
    )

    versions, address, sizes = [], "/api/v1/open/datasets/places", []
    while address:
        page = ask(address.removeprefix("http://testserver")).json()
        versions += [one["version"] for one in page["versions"]]
        sizes.append(len(page["versions"]))
        address = page["next"]

    assert sizes == [100, 100, 50]
    assert versions == [f"20260101T{number:06}" for number in reversed(range(250))]


def test_rows_are_followed_by_next_to_the_end(published: Snapshot) -> None:
    first = ask(f"{ROWS}?limit=1000")
    second = ask(first.json()["next"].removeprefix("http://testserver"))

    assert first["Link"] == f'<{first.json()["next"]}>; rel="next"'
    assert [len(one.json()["rows"]) for one in (first, second)] == [1_000, 741]
    assert second.json()["next"] is None
    assert "Link" not in second
    rows = first.json()["rows"] + second.json()["rows"]
    assert sum(row["applications"] for row in rows) == 730_493


def test_pages_keep_to_the_version_they_began_with(published: Snapshot) -> None:
    query = parse_qs(urlsplit(ask(f"{ROWS}?limit=10").json()["next"]).query)

    assert query == {"version": [published.version], "limit": ["10"], "after": ["10"]}


def test_rows_are_found_by_any_column_and_the_question_goes_on_to_the_next_page(published: Snapshot) -> None:
    told = ask(f"{ROWS}?prefecture=群馬県&limit=30").json()

    assert len(told["rows"]) == 30
    rest = ask(told["next"].removeprefix("http://testserver")).json()
    assert len(rest["rows"]) == 5
    assert {row["prefecture"] for row in told["rows"] + rest["rows"]} == {"群馬県"}
    assert ask(f"{ROWS}?code=10210").json()["rows"][0]["municipality"] == "富岡市"


@pytest.mark.parametrize(
    ("query", "status", "code", "field"),
    [
        ("colour=red", 422, "column_unknown", "colour"),
        ("applications=many", 422, "field_wrong", "applications"),
        ("limit=0", 422, "field_wrong", "limit"),
        ("limit=1001", 422, "field_wrong", "limit"),
        ("limit=ten", 422, "field_wrong", "limit"),
        ("after=-1", 422, "field_wrong", "after"),
        ("version=20200101T000000", 404, "snapshot_unknown", None),
    ],
)
def test_a_wrong_question_is_told_where_it_is_wrong(
    published: Snapshot, query: str, status: int, code: str, field: str | None
) -> None:
    response = ask(f"{ROWS}?{query}")
    error = response.json()["error"]

    assert (response.status_code, error["code"], error.get("field")) == (status, code, field)
    assert response["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/api/v1/open/datasets/nothing", "dataset_unknown"),
        ("/api/v1/open/datasets/nothing/rows", "dataset_unknown"),
        ("/api/v1/open/datasets/places/rows", "snapshot_unknown"),
        (f"/api/v1/open/datasets/{NAME}?before=x", "snapshot_unknown"),
    ],
)
def test_what_is_not_there_is_404(published: Snapshot, path: str, code: str) -> None:
    response = ask(path)

    assert (response.status_code, response.json()["error"]["code"]) == (404, code)


def test_a_vanished_file_is_told(published: Snapshot) -> None:
    path_of(published, "parquet").unlink()
    response = ask(ROWS)

    assert (response.status_code, response.json()["error"]["code"]) == (404, "snapshot_file_unknown")


def test_behind_the_last_row_there_is_nothing(published: Snapshot) -> None:
    told = ask(f"{ROWS}?after=1741").json()

    assert (told["rows"], told["next"]) == ([], None)


def test_an_unchanged_answer_is_not_sent_again(published: Snapshot) -> None:
    first = ask(ROWS)
    same = ask(ROWS, If_None_Match=first["ETag"])
    other = ask(f"{ROWS}?limit=5", If_None_Match=first["ETag"])

    assert (same.status_code, same.content, same["ETag"]) == (304, b"", first["ETag"])
    assert other.status_code == 200
    assert first["Cache-Control"] == "public, no-cache"


def test_a_network_is_told_how_many_requests_it_has_left(published: Snapshot, clock: Clock) -> None:
    clock.move(seconds=15)
    response = ask(ROWS, READER)

    assert response["RateLimit-Policy"] == '"open";q=3;w=60'
    assert response["RateLimit"] == '"open";r=2;t=45'
    assert "Retry-After" not in response


def test_who_asks_too_often_is_refused_until_the_minute_ends(published: Snapshot, clock: Clock) -> None:
    clock.move(seconds=15)
    answers = [ask(ROWS, READER) for _ in range(4)]

    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    refused = answers[-1]
    assert refused.json()["error"]["code"] == "too_many_requests"
    assert (refused["Retry-After"], refused["RateLimit"]) == ("45", '"open";r=0;t=45')
    assert (refused["Access-Control-Allow-Origin"], refused["Cache-Control"]) == ("*", "no-store")
    assert ask(ROWS, OTHER).status_code == 200
    clock.move(seconds=45)
    assert ask(ROWS, READER).status_code == 200


def test_refused_questions_count_like_answered_ones(published: Snapshot, clock: Clock) -> None:
    for _ in range(3):
        ask(f"{ROWS}?colour=red", READER)

    assert ask(ROWS, READER).status_code == 429


def test_this_machine_and_a_limit_of_nothing_are_not_limited(published: Snapshot, settings: Any) -> None:
    assert "RateLimit" not in ask(ROWS)
    settings.OPEN_LIMIT_PER_MINUTE = 0

    assert [ask(ROWS, READER).status_code for _ in range(5)] == [200] * 5


def test_the_limit_holds_over_threads_and_processes(settings: Any, clock: Clock) -> None:
    """Each of four processes counts in four threads; none of their requests is lost."""
    settings.OPEN_LIMIT_PER_MINUTE = 1_000_000
    fork = multiprocessing.get_context("fork")
    processes = [fork.Process(target=count_many) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    told = count_request(READER)
    assert told is not None
    assert told.left == 1_000_000 - 4 * 4 * 250 - 1


def count_many() -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: [count_request(READER) for _ in range(250)], range(4)))


def test_of_an_address_nothing_is_written_down_but_counts(settings: Any, tmp_path: Path, clock: Clock) -> None:
    for number in range(20):
        count_request(f"203.0.113.{number}")

    content = (tmp_path / "open-requests.counts").read_bytes()
    cells = [limits.CELL.unpack_from(content, at) for at in range(0, len(content), limits.CELL.size)]
    assert b"203.0.113" not in content
    assert sum(count for _, count in cells) == 20 * limits.ROWS


@pytest.mark.parametrize(
    ("forwarded", "direct", "proxies", "network"),
    [
        ("", READER, 0, READER),
        (READER, "127.0.0.1", 0, ""),
        (f"{OTHER}, {READER}", "127.0.0.1", 1, READER),
        (f"{READER}, 10.0.0.1", "127.0.0.1", 2, READER),
        ("2001:db8:1:2:3:4:5:6", "127.0.0.1", 1, "2001:db8:1:2::/64"),
        ("nonsense", "127.0.0.1", 1, ""),
    ],
)
def test_a_network_is_what_the_outermost_of_our_proxies_saw(
    forwarded: str, direct: str, proxies: int, network: str
) -> None:
    assert network_of(forwarded, direct, proxies=proxies) == network


def test_every_open_route_is_described() -> None:
    paths = Client().get("/api/v1/openapi.json").json()["paths"]

    for path in ("", "/{name}", "/{name}/rows"):
        answers = paths[f"/api/v1/open/datasets{path}"]["get"]["responses"]
        assert {"200", "304", "429"} <= set(answers)
    parameters = {one["name"] for one in paths["/api/v1/open/datasets/{name}/rows"]["get"]["parameters"]}
    assert parameters == {"name", "version", "after", "limit", "columns"}
