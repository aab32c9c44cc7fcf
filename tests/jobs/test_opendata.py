"""Open data beside the worker: changed places at once, larger things in a process of their own."""

from __future__ import annotations

from typing import Any

import pytest

from madoguchi.jobs import beside
from madoguchi.jobs.opendata import OpendataBeside
from madoguchi.opendata import refreshing
from madoguchi.opendata.models import PublishedPlace
from madoguchi.people.access import system_actor

pytestmark = pytest.mark.django_db


class Child:
    """A process that is running until told otherwise."""

    def __init__(self, command: list[str]) -> None:
        self.command, self.status, self.is_terminated = command, None, False

    def poll(self) -> int | None:
        return self.status

    def terminate(self) -> None:
        self.is_terminated = True

    def wait(self, _seconds: float) -> None:
        return


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> list[Child]:
    """The processes that were started, none of them for real."""
    settings.VAR = tmp_path
    started: list[Child] = []

    def start(command: list[str]) -> Child:
        started.append(Child(command[2:]))
        return started[-1]

    monkeypatch.setattr(beside.subprocess, "Popen", start)
    return started


def test_places_are_published_and_the_daily_files_made(towns: Any, clock: Any, children: list[Child]) -> None:
    opendata = OpendataBeside()

    assert opendata.look() > 0

    assert PublishedPlace.objects.filter(name="富岡製糸場").exists()
    assert [child.command for child in children] == [["madoguchi.cli", "opendata", "refresh"]]


def test_nothing_is_started_while_something_is_made(
    towns: Any, clock: Any, children: list[Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("madoguchi.jobs.opendata.FILES_SECONDS", -1.0)
    opendata = OpendataBeside()
    opendata.look()
    opendata.look()
    assert len(children) == 1

    children[0].status = 1
    opendata.look()

    assert [child.command[-1] for child in children] == ["refresh", "refresh"]


def test_only_the_map_is_made_when_the_days_files_are_there(
    towns: Any, clock: Any, children: list[Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    refreshing.refresh_all(actor=system_actor("test"))
    PublishedPlace.objects.all().delete()
    clock.move(minutes=11)
    opendata = OpendataBeside()
    from madoguchi.opendata.models import Publication

    Publication.objects.update(changed_at=clock.at)

    opendata.look()

    assert [child.command for child in children] == [["madoguchi.cli", "opendata", "refresh", "--map-only"]]


def test_the_worker_stops_what_is_being_made(towns: Any, clock: Any, children: list[Child]) -> None:
    opendata = OpendataBeside()
    opendata.look()

    opendata.stop()

    assert children[0].is_terminated
