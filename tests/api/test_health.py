"""GET /healthz: 200 only when the database answers and the worker lives."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError
from django.test import Client

from madoguchi.api import health
from madoguchi.events.actions import beat

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def asked() -> tuple[int, dict[str, object]]:
    answer = Client().get("/healthz")
    return answer.status_code, answer.json()


def test_all_is_well():
    beat("worker")

    assert asked() == (200, {"status": "ok", "database": True, "worker": True})


def test_a_worker_that_never_started():
    assert asked() == (503, {"status": "unwell", "database": True, "worker": False})


@pytest.mark.parametrize(("seconds", "status"), [(9.9, 200), (10, 503), (3_600, 503)])
def test_a_worker_is_missed_after_ten_seconds(clock, seconds, status):
    beat("worker")
    clock.move(seconds=seconds)

    assert asked()[0] == status


def test_a_worker_that_came_back_is_well_again(clock):
    beat("worker")
    clock.move(hours=1)
    beat("worker")

    assert asked()[0] == 200


def test_another_processes_sign_of_life_is_not_the_workers():
    beat("somebody")

    assert asked()[0] == 503


@pytest.mark.parametrize("error", [DatabaseError, OperationalError, InterfaceError])
def test_a_database_that_does_not_answer(monkeypatch, error):
    def broken(_name):
        raise error("the connection is closed")

    monkeypatch.setattr(health, "last_beat", broken)

    assert asked() == (503, {"status": "unwell", "database": False, "worker": False})


def test_it_is_only_read():
    assert Client().post("/healthz").status_code == 405
