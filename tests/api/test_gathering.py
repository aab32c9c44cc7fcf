"""Single notices that arrive together are stored together, each answered for itself."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from madoguchi.api.gathering import MAX_GATHERED, Gathering


class Store:
    """Keeps what it was given, call by call; the first call waits until it is let go."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, given: Sequence[int]) -> list[str]:
        self.calls.append(list(given))
        if len(self.calls) == 1:
            self.begun.set()
            assert self.go.wait(30)
        if 13 in given:
            raise ValueError("a bad one")
        return [f"answer to {number}" for number in given]


def bring_while_storing(numbers: Sequence[int]) -> tuple[Store, list[str | None]]:
    """Bring 0, and all `numbers` while 0 is being stored; the answers to `numbers`."""
    store = Store()
    gathering: Gathering[int, str] = Gathering(store)
    with ThreadPoolExecutor(len(numbers) + 1) as threads:
        first = threads.submit(gathering.bring, 0)
        assert store.begun.wait(30)
        others = [threads.submit(gathering.bring, number) for number in numbers]
        while len(gathering._waiting) < len(numbers):
            threading.Event().wait(0.001)
        store.go.set()
        assert first.result(30) == "answer to 0"
        return store, [each.result(30) for each in others]


def test_what_is_brought_alone_is_stored_at_once():
    store = Store()
    store.go.set()

    assert Gathering(store).bring(5) == "answer to 5"
    assert store.calls == [[5]]


def test_what_comes_while_another_is_stored_goes_together_next():
    store, answers = bring_while_storing([1, 2, 3])

    assert answers == ["answer to 1", "answer to 2", "answer to 3"]
    assert [sorted(call) for call in store.calls] == [[0], [1, 2, 3]]


def test_one_call_never_takes_more_than_the_limit():
    store, answers = bring_while_storing(range(100, 100 + MAX_GATHERED + 19))

    assert None not in answers
    assert max(map(len, store.calls)) == MAX_GATHERED
    assert sorted(number for call in store.calls for number in call) == [0, *range(100, 100 + MAX_GATHERED + 19)]


def test_a_bad_one_sends_all_of_its_call_to_try_alone_and_the_next_call_is_well():
    store, answers = bring_while_storing([1, 13])

    assert answers == [None, None]
    assert Gathering(store).bring(7) == "answer to 7"
