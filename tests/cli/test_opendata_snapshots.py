"""`madoguchi opendata snapshot`, `snapshots`, `prune`: versions from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from madoguchi.cli.opendata import app
from madoguchi.core.errors import Refusal
from madoguchi.opendata.models import Snapshot
from madoguchi.opendata.published_tables import load_published
from tests.conftest import Clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(towns: Any, clock: Clock, settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path


def run(*words: str) -> Any:
    result = CliRunner().invoke(app, words)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return json.loads(result.stdout) if "--json" in words else result.stdout


def test_a_dataset_is_published_once_and_told_to_be_unchanged_then() -> None:
    load_published()

    (first,) = run("snapshot", "applications-2019", "--json")
    (second,) = run("snapshot", "applications-2019", "--json")

    assert (first["outcome"], first["version"], first["row_count"]) == ("published", "20261120T120000", 1_741)
    assert (second["outcome"], second["version"]) == ("unchanged", "20261120T120000")
    assert Snapshot.objects.count() == 1


def test_of_all_datasets_one_that_is_not_imported_does_not_stop_the_others() -> None:
    told = {row["dataset"]: row["outcome"] for row in run("snapshot", "--json")}

    assert told["places"] == "published"
    assert told["applications-2019"] == told["registrations-2019"] == "not imported yet"


def test_a_dataset_that_was_asked_for_and_cannot_be_made_is_refused() -> None:
    with pytest.raises(Refusal, match="published_table_unknown"):
        run("snapshot", "applications-2019")
    with pytest.raises(Refusal, match="dataset_unknown"):
        run("snapshot", "nothing")


def test_the_list_tells_until_when_a_version_is_kept_and_whether_it_is_whole() -> None:
    load_published()
    run("snapshot", "registrations-2019")

    (row,) = run("snapshots", "registrations-2019", "--json")

    assert (row["version"], row["row_count"], row["is_whole"], row["kept_until"]) == ("20261120T120000", 47, True, None)


def test_nothing_is_removed_before_its_time() -> None:
    run("snapshot", "places")

    assert run("prune", "--json") == []
    assert Snapshot.objects.count() == 1
