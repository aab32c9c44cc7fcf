"""The catalogue as DCAT (W3C, version 3): its structure, and that every address in it leads to what it says."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from madoguchi.opendata.catalogue import dcat, entries
from madoguchi.opendata.datasets import KINDS, datasets, find_dataset
from madoguchi.opendata.places import publish_all
from madoguchi.opendata.printed_datasets import make_printed
from madoguchi.opendata.published_tables import load_published
from madoguchi.opendata.snapshots import make_snapshot
from madoguchi.people.access import system_actor
from tests.conftest import Clock, refused

pytestmark = pytest.mark.django_db
READY = ["places", "applications-2019", "registrations-2019"]


@pytest.fixture(autouse=True)
def folder(towns: Any, clock: Clock, settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    settings.PUBLIC_URL = "http://testserver"


@pytest.fixture
def published() -> dict[str, Any]:
    """The catalogue with a version of the places and of both printed tables."""
    publish_all()
    load_published()
    for name in READY:
        make_snapshot(actor=system_actor("test"), dataset=find_dataset(name))
    return dcat(entries())


def test_the_catalogue_is_a_dcat_catalogue_with_licence_languages_and_times(published: dict[str, Any]) -> None:
    assert published["@type"] == "dcat:Catalog"
    assert published["@id"] == "http://testserver/data/catalog.jsonld"
    assert published["dct:license"] == {"@id": "https://creativecommons.org/licenses/by/4.0/"}
    assert published["dct:language"] == ["ja", "en"]
    assert published["dct:issued"] == {"@type": "xsd:dateTime", "@value": "2026-11-20T12:00:00+09:00"}
    assert [one["dct:identifier"] for one in published["dcat:dataset"]] == READY


def test_every_prefix_that_is_used_is_declared(published: dict[str, Any]) -> None:
    used = {key.partition(":")[0] for key in keys(published) if not key.startswith("@")}

    assert used <= set(published["@context"])


def test_a_dataset_tells_titles_columns_time_and_how_often_it_changes(published: dict[str, Any]) -> None:
    places, applications, _ = published["dcat:dataset"]

    assert places["dct:accrualPeriodicity"]["@id"].endswith("/DAILY")
    assert applications["dct:accrualPeriodicity"]["@id"].endswith("/NEVER")
    day = {"@type": "xsd:date", "@value": "2019-09-25"}
    assert applications["dct:temporal"] == {
        "@type": "dct:PeriodOfTime",
        "dcat:startDate": day,
        "dcat:endDate": day,
    }
    assert {row["@language"] for row in applications["dct:title"]} == {"ja", "en"}
    assert "Ministry of Economy" in applications["dct:rights"][1]["@value"]
    columns = [column["csvw:name"] for column in applications["csvw:tableSchema"]["csvw:column"]]
    assert columns == ["code", "prefecture", "municipality", "as_printed", "applications"]


def test_every_download_answers_with_the_stated_size_kind_and_checksum(
    client: Client, published: dict[str, Any]
) -> None:
    found = [one for dataset in published["dcat:dataset"] for one in dataset["dcat:distribution"]]

    assert len(found) == 7
    for one in found:
        response = client.get(urlsplit(one["dcat:downloadURL"]["@id"]).path)
        content = b"".join(response.streaming_content)
        assert response.status_code == 200
        assert str(len(content)) == one["dcat:byteSize"]["@value"]
        assert hashlib.sha256(content).hexdigest() == one["spdx:checksum"]["spdx:checksumValue"]["@value"]
        assert one["dcat:mediaType"]["@id"].endswith(response["Content-Type"].partition(";")[0])


def test_whom_to_write_to_is_told_only_if_the_operator_says_so(published: dict[str, Any], settings: Any) -> None:
    assert "dcat:contactPoint" not in published
    settings.OPEN_CONTACT = "data@example.jp"

    assert dcat(entries())["dcat:contactPoint"]["vcard:hasEmail"] == {"@id": "mailto:data@example.jp"}


def test_a_dataset_without_a_version_is_in_the_list_and_not_in_dcat() -> None:
    assert [entry.newest for entry in entries()] == [None] * len(datasets())
    assert dcat(entries())["dcat:dataset"] == []


def test_the_printed_tables_are_the_notices(published: dict[str, Any]) -> None:
    """P-42, P-43: the sums that the notice prints."""
    applications, registrations = (find_dataset(name).make() for name in READY[1:])

    assert (applications.num_rows, sum(applications["applications"].to_pylist())) == (1_741, 730_493)
    sums = [sum(registrations[name].to_pylist()) for name in registrations.column_names[3:]]
    assert sums == [498_281, 229_919, 78_640, 116_000, 13_187, 60_535]


def test_a_table_that_is_not_imported_publishes_nothing() -> None:
    dataset = find_dataset("applications-2019")
    with refused("published_table_unknown", table="applications"):
        make_printed("applications", dataset.columns)


@pytest.mark.parametrize("dataset", datasets(), ids=lambda dataset: dataset.name)
def test_every_column_has_a_kind_and_a_name_in_both_languages(dataset: Any) -> None:
    names = [column.name for column in dataset.columns]

    assert len(set(names)) == len(names)
    # Words of the API's address.
    assert not {"version", "after", "limit"} & set(names)
    for column in dataset.columns:
        assert column.kind in KINDS
        assert column.label and column.label_en
        assert bool(column.meaning) == bool(column.meaning_en)


def keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) - {"@context"} | {
            key for name, one in value.items() if name != "@context" for key in keys(one)
        }
    return {key for one in value for key in keys(one)} if isinstance(value, list) else set()
