"""What the web server's processes remember together."""

from __future__ import annotations

import multiprocessing
from itertools import count
from pathlib import Path

import pytest

from madoguchi.config import shared_memory
from madoguchi.config.shared_memory import SharedMemory


class Clock:
    """Seconds that only pass when told."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(shared_memory, "time", clock)
    monkeypatch.setattr("django.core.cache.backends.base.time", clock)
    return clock


@pytest.fixture
def memory(tmp_path: Path) -> SharedMemory:
    return SharedMemory(str(tmp_path / "new" / "remembered.sqlite3"), {})


def told_by_another(file: str, answer: multiprocessing.Queue) -> None:
    answer.put(SharedMemory(file, {}).get("page"))


def test_another_process_is_told_what_one_remembers(memory: SharedMemory, tmp_path: Path) -> None:
    memory.set("page", "<p>窓口</p>", 30)
    spawning = multiprocessing.get_context("spawn")
    answer = spawning.Queue()
    other = spawning.Process(target=told_by_another, args=(str(tmp_path / "new" / "remembered.sqlite3"), answer))
    other.start()

    assert answer.get(timeout=60) == "<p>窓口</p>"
    other.join()


def test_nothing_is_told_once_its_time_has_run_out(memory: SharedMemory, seconds: Clock) -> None:
    memory.set("page", "one", 30)
    memory.set("always", "two", None)

    seconds.now += 29.9
    assert (memory.get("page"), memory.get("always")) == ("one", "two")
    seconds.now += 0.1
    assert (memory.get("page", "gone"), memory.get("always")) == ("gone", "two")


def test_a_value_stays_longer_once_it_was_touched(memory: SharedMemory, seconds: Clock) -> None:
    memory.set("page", "one", 30)

    seconds.now += 20
    assert memory.touch("page", 30)
    seconds.now += 29
    assert memory.get("page") == "one"
    seconds.now += 1
    assert not memory.touch("page", 30)


def test_bytes_are_remembered_as_they_are(memory: SharedMemory) -> None:
    memory.set("page", b"{}\n\x1f\x8b\x00\xff", 30)

    assert memory.get("page") == b"{}\n\x1f\x8b\x00\xff"


def test_a_value_is_added_only_where_none_is(memory: SharedMemory) -> None:
    assert memory.add("page", None)
    assert not memory.add("page", "other")
    assert memory.get("page", "missing") is None


def test_a_value_is_forgotten_alone_or_with_all(memory: SharedMemory) -> None:
    memory.set_many({"one": 1, "two": 2, "three": 3})

    assert memory.delete("one")
    assert not memory.delete("one")
    assert memory.get_many(["one", "two", "three"]) == {"two": 2, "three": 3}
    memory.clear()
    assert memory.get_many(["one", "two", "three"]) == {}


def kept_in(memory: SharedMemory) -> int:
    """How many values stand in the file, also those that are not given out."""
    return int(memory._run("SELECT count(*) FROM remembered")[1][0][0])


def test_what_has_run_out_leaves_the_file_after_so_many_writes_of_all_threads(
    memory: SharedMemory, tmp_path: Path, seconds: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_memory, "WRITES_BETWEEN_SWEEPS", 3)
    monkeypatch.setattr(shared_memory, "_writes", count(1))
    other = SharedMemory(str(tmp_path / "new" / "remembered.sqlite3"), {})
    memory.set("old", 1, 10)
    other.set("new", 2, 20)
    seconds.now += 10
    assert kept_in(memory) == 2

    memory.set("newer", 3, 10)

    assert kept_in(memory) == 2
    assert memory.get_many(["old", "new", "newer"]) == {"new": 2, "newer": 3}


def test_who_begins_finds_nothing_that_has_run_out(memory: SharedMemory, tmp_path: Path, seconds: Clock) -> None:
    memory.set_many({"old": 1, "older": 2}, 10)
    memory.set("always", 3, None)
    seconds.now += 10

    assert kept_in(SharedMemory(str(tmp_path / "new" / "remembered.sqlite3"), {})) == 1


def test_a_broken_file_is_as_if_nothing_was_remembered(tmp_path: Path) -> None:
    file = tmp_path / "remembered.sqlite3"
    file.write_bytes(b"not a database, whatever its name says" * 100)
    memory = SharedMemory(str(file), {})

    memory.set("page", "one", 30)

    assert memory.get("page", "nothing") == "nothing"
    assert not memory.delete("page")
