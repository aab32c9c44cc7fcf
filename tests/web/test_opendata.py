"""Open data for anybody: the catalogue, downloads that programs can read in parts, examples that run."""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import polars
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections
from django.test import Client
from django.urls import reverse
from django.utils.http import http_date

from madoguchi.opendata.catalogue import file_address, page_address
from madoguchi.opendata.datasets import datasets, find_dataset
from madoguchi.opendata.models import Snapshot
from madoguchi.opendata.places import publish_all
from madoguchi.opendata.published_tables import load_published
from madoguchi.opendata.snapshots import make_snapshot, path_of
from madoguchi.people.access import system_actor
from madoguchi.web.opendata import how_to, pages
from tests.conftest import Clock

pytestmark = pytest.mark.django_db
OFFICE = system_actor("test")
PRINTED = "applications-2019"


@pytest.fixture(autouse=True)
def folder(towns: Any, clock: Clock, settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    settings.PUBLIC_URL = "http://testserver"


@pytest.fixture
def printed() -> Snapshot:
    """The notice's applications (P-42), published."""
    load_published()
    return make_snapshot(actor=OFFICE, dataset=find_dataset(PRINTED))


def address(snapshot: Snapshot, kind: str = "csv", version: str = "") -> str:
    names = {"dataset": snapshot.dataset, "version": version or snapshot.version, "kind": kind}
    return reverse("opendata:file", kwargs=names)


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_a_download_is_the_file_with_its_checksum_kept_by_caches_for_good(client: Client, printed: Snapshot) -> None:
    facts = printed.files["csv"]
    response = client.get(address(printed))

    assert hashlib.sha256(body(response)).hexdigest() == facts["sha256"]
    digest = base64.b64encode(bytes.fromhex(facts["sha256"])).decode()
    told = {name: response[name] for name in ("Content-Type", "Content-Length", "ETag", "Repr-Digest", "Cache-Control")}
    assert told == {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Length": str(facts["bytes"]),
        "ETag": f'"{facts["sha256"]}"',
        "Repr-Digest": f"sha-256=:{digest}:",
        "Cache-Control": "public, max-age=31536000, immutable",
    }
    assert response["Content-Disposition"] == 'attachment; filename="applications-2019.csv"'
    assert response["Access-Control-Allow-Origin"] == "*"


def test_latest_leads_to_the_newest_version_and_is_asked_anew_each_time(client: Client, printed: Snapshot) -> None:
    response = client.get(address(printed, version="latest"))

    assert (response.status_code, response["Location"]) == (302, address(printed))
    assert response["Cache-Control"] == "no-cache"


def test_head_tells_the_size_and_sends_nothing(client: Client, printed: Snapshot) -> None:
    response = client.head(address(printed, "parquet"))

    assert response["Content-Length"] == str(printed.files["parquet"]["bytes"])
    assert (response["Accept-Ranges"], response.content) == ("bytes", b"")


@pytest.mark.parametrize(
    ("asked", "part", "told"),
    [
        ("bytes=0-3", slice(0, 4), "bytes 0-3/{size}"),
        ("bytes=100-", slice(100, None), "bytes 100-{last}/{size}"),
        ("bytes=-8", slice(-8, None), "bytes {tail}-{last}/{size}"),
        ("bytes=0-999999999", slice(None), "bytes 0-{last}/{size}"),
    ],
)
def test_a_range_gets_just_that_part(client: Client, printed: Snapshot, asked: str, part: slice, told: str) -> None:
    """Readers of Parquet over the network begin at the end of the file."""
    content = path_of(printed, "parquet").read_bytes()
    size = len(content)

    response = client.get(address(printed, "parquet"), headers={"Range": asked, "Accept-Encoding": "gzip"})

    assert (response.status_code, body(response)) == (206, content[part])
    assert response["Content-Range"] == told.format(size=size, last=size - 1, tail=size - 8)
    assert response["Content-Length"] == str(len(content[part]))


@pytest.mark.parametrize("asked", ["bytes=0-1,4-5", "rows=0-1", "bytes=5-2", "bytes=-", "nonsense"])
def test_a_range_that_cannot_be_read_gets_the_whole(client: Client, printed: Snapshot, asked: str) -> None:
    response = client.get(address(printed), headers={"Range": asked})

    assert (response.status_code, len(body(response))) == (200, printed.files["csv"]["bytes"])


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=-0"])
def test_a_range_outside_the_file_is_told_its_size(client: Client, printed: Snapshot, asked: str) -> None:
    response = client.get(address(printed), headers={"Range": asked})

    assert (response.status_code, response["Content-Range"]) == (416, f"bytes */{printed.files['csv']['bytes']}")


def test_a_part_of_another_version_gets_the_whole_of_this(client: Client, printed: Snapshot) -> None:
    other = client.get(address(printed), headers={"Range": "bytes=0-3", "If-Range": '"other"'})
    same = client.get(
        address(printed), headers={"Range": "bytes=0-3", "If-Range": f'"{printed.files["csv"]["sha256"]}"'}
    )

    assert (other.status_code, same.status_code) == (200, 206)


def test_what_the_reader_has_is_not_sent_again(client: Client, printed: Snapshot) -> None:
    tag = f'"{printed.files["csv"]["sha256"]}"'
    made_at = http_date(printed.made_at.timestamp())
    asked = [
        {"If-None-Match": tag},
        {"If-None-Match": f'"x", W/{tag}'},
        {"If-Modified-Since": made_at},
        {"If-None-Match": '"x"', "If-Modified-Since": made_at},
        {"If-Modified-Since": http_date(printed.made_at.timestamp() - 1)},
    ]

    assert [client.get(address(printed), headers=one).status_code for one in asked] == [304, 304, 304, 200, 200]


def test_gzip_is_another_representation_with_a_tag_of_its_own(client: Client, printed: Snapshot) -> None:
    response = client.get(address(printed), headers={"Accept-Encoding": "br, gzip;q=0.5"})
    content = body(response)

    assert response["Content-Encoding"] == "gzip"
    assert gzip.decompress(content) == path_of(printed, "csv").read_bytes()
    assert response["ETag"] == f'"{printed.files["csv"]["gzip"]["sha256"]}-gzip"'
    assert response["Content-Length"] == str(len(content))
    assert "Accept-Encoding" in response["Vary"]
    plain = client.get(address(printed), headers={"If-None-Match": response["ETag"]})
    assert plain.status_code == 200


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "br"])
def test_who_does_not_take_gzip_gets_the_file_itself(client: Client, printed: Snapshot, accepted: str) -> None:
    response = client.get(address(printed), headers={"Accept-Encoding": accepted})

    assert "Content-Encoding" not in response
    assert len(body(response)) == printed.files["csv"]["bytes"]


def test_checksums_are_as_sha256sum_reads_them(client: Client, printed: Snapshot) -> None:
    names = {"dataset": PRINTED, "version": printed.version}
    text = client.get(reverse("opendata:checksums", kwargs=names)).content.decode()

    assert text == "".join(f"{printed.files[kind]['sha256']}  {PRINTED}.{kind}\n" for kind in ("csv", "parquet"))


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/data/nothing/", "dataset_unknown"),
        ("/data/nothing/latest/nothing.csv", "dataset_unknown"),
        (f"/data/{PRINTED}/20200101T000000/{PRINTED}.csv", "snapshot_unknown"),
        (f"/data/{PRINTED}/latest/{PRINTED}.geojson", "snapshot_file_unknown"),
        ("/data/places/latest/places.csv", "snapshot_unknown"),
    ],
)
def test_what_is_not_there_is_a_page_that_says_so(client: Client, printed: Snapshot, path: str, code: str) -> None:
    response = client.get(path, follow=True)

    assert response.status_code == 404
    assert code in response.content.decode()


def test_a_download_is_named_like_its_dataset(client: Client, printed: Snapshot) -> None:
    assert client.get(f"/data/{PRINTED}/{printed.version}/other.csv").status_code == 404


def test_the_addresses_of_the_catalogue_are_those_of_the_routes(printed: Snapshot) -> None:
    assert file_address(PRINTED, printed.version, "csv") == f"http://testserver{address(printed)}"
    assert page_address(PRINTED) == f"http://testserver{reverse('opendata:dataset', args=[PRINTED])}"


def test_no_dataset_has_the_name_of_a_page() -> None:
    assert "how-to" not in {dataset.name for dataset in datasets()}


def test_the_catalogue_tells_each_dataset_and_says_where_none_is_published(client: Client, printed: Snapshot) -> None:
    text = client.get("/data/", headers={"Accept-Language": "en"}).content.decode()

    assert "Cashless point reward programme: applications by municipality" in text
    assert "1,741 rows / " in text
    assert printed.files["csv"]["sha256"] in text
    assert "Ministry of Economy, Trade and Industry" in text
    assert "No version is published yet" in text
    assert "https://creativecommons.org/licenses/by/4.0/" in text


def test_a_datasets_page_shows_its_first_rows_and_columns_in_the_readers_language(
    client: Client, printed: Snapshot
) -> None:
    japanese = client.get(f"/data/{PRINTED}/").content.decode()
    english = client.get(f"/data/{PRINTED}/", headers={"Accept-Language": "en"}).content.decode()

    assert japanese.count("<td>北海道</td>") == pages.ROWS_SHOWN
    assert "最初の20行" in japanese and "The first 20 rows" in english
    assert "2019年9月25日時点の加盟店申請数" in japanese
    assert "Applications of shops by 25 September 2019" in english
    assert f"{printed.version} (2026-11-20), Madoguchi open data, CC BY 4.0" in english


def test_a_page_says_that_a_file_is_missing(client: Client, printed: Snapshot) -> None:
    path_of(printed, "parquet").unlink()

    text = client.get(f"/data/{PRINTED}/", headers={"Accept-Language": "en"}).content.decode()

    assert "A file of this version is missing on the server" in text


def test_a_thousand_versions_come_in_pages(
    client: Client, printed: Snapshot, django_assert_max_num_queries: Any
) -> None:
    facts = {"made_at": printed.made_at, "data_at": printed.data_at, "row_count": 1, "content_sha256": "", "files": {}}
    Snapshot.objects.bulk_create(
        Snapshot(dataset="places", version=f"20260101T{number:06}", **facts) for number in range(1_000)
    )

    with django_assert_max_num_queries(10):
        text = client.get("/data/places/?page=34", headers={"Accept-Language": "en"}).content.decode()

    assert "Page 34 of 34" in text
    assert text.count('<th scope="row" role="rowheader"><code>2026') == 10


@pytest.mark.parametrize("dataset", ["places", PRINTED])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_how_to_load_each_dataset_is_told_in_both_languages(client: Client, dataset: str, language: str) -> None:
    response = client.get("/data/how-to/", {"dataset": dataset}, headers={"Accept-Language": language})
    text = response.content.decode()

    for part in (
        f"http://testserver/data/{dataset}/latest/{dataset}.csv",
        "encoding=&quot;utf-8-sig&quot;",
        "library(readr)",
        "Encoding = 65001",
        "sha256sum --check",
    ):
        assert part in text


def test_pages_weigh_less_than_200_kb(client: Client, printed: Snapshot) -> None:
    publish_all()
    make_snapshot(actor=OFFICE, dataset=find_dataset("places"))

    for path in ("/data/", "/data/places/", f"/data/{PRINTED}/", "/data/how-to/"):
        assert len(client.get(path).content) < 100_000


@pytest.fixture
def server(settings: Any) -> Iterator[str]:
    """The pages on a port of this machine, within the test's own transaction."""
    connection = connections["default"]

    def serve() -> None:
        connections["default"] = connection
        httpd.serve_forever(poll_interval=0.01)

    httpd = make_server("127.0.0.1", 0, WSGIHandler(), handler_class=Quiet)
    connection.inc_thread_sharing()
    # At each request's ends Django closes a connection that is in a transaction; the test's own is.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    settings.PUBLIC_URL = f"http://127.0.0.1:{httpd.server_port}"
    yield settings.PUBLIC_URL
    httpd.shutdown()
    thread.join(10)
    httpd.server_close()
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)
    connection.dec_thread_sharing()


class Quiet(WSGIRequestHandler):
    """Tells nothing of each request."""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.mark.parametrize("name", ["pandas, Parquet", "pandas, CSV", "Polars", "API"])
def test_an_example_loads_every_row_with_its_codes(server: str, printed: Snapshot, name: str) -> None:
    """The examples for Python run as they stand, against the server itself."""
    rows = run(name)["rows"]

    assert len(rows) == 1_741
    assert code_of(rows) == "01456"


def test_duckdb_reads_the_same_file(printed: Snapshot) -> None:
    """Over the network DuckDB needs an extension that it fetches itself; the query is the same on the file."""
    path = str(path_of(printed, "parquet"))
    found = run("DuckDB", {file_address(PRINTED, "latest", "parquet"): path})

    assert found["rows"].fetchall()[0] == ("北海道", 179)


def test_the_example_for_r_names_every_columns_type() -> None:
    """Guessed, a column that is empty at first would be a logical one."""
    (example, *_rest) = how_to.r_examples(find_dataset("places-by-municipality"))

    assert example.code.endswith(
        """
  col_types = cols(
    level = "c",
    code = "c",
    prefecture = "c",
    municipality = "c",
    places = "d",
    residents = "d",
    residents_on = "D",
    per_1000 = "d",
    withheld = "c"))
"""
    )


def run(name: str, instead: dict[str, str] | None = None) -> dict[str, Any]:
    """Run an example; returns what it has named."""
    examples = {one.name: one.code for one in how_to.python_examples(find_dataset(PRINTED))}
    code = examples[name]
    for before, after in (instead or {}).items():
        assert before in code
        code = code.replace(before, after)
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, name, "exec"), names)  # noqa: S102  # the page's own text
    return names


def code_of(rows: Any) -> str:
    """The first row's code, whichever library read it."""
    if isinstance(rows, list):
        return str(rows[0]["code"])
    return str(rows["code"][0] if isinstance(rows, polars.DataFrame) else rows["code"].iloc[0])


def test_the_catalogue_for_programs_is_json_that_any_site_may_read(client: Client, printed: Snapshot) -> None:
    response = client.get("/data/catalog.jsonld")

    assert response["Content-Type"] == "application/ld+json"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert json.loads(response.content)["@type"] == "dcat:Catalog"
