"""The real server, on SQLite or on the PostgreSQL cluster that DATABASE_URL names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tools.server import Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """`madoguchi serve --demo` on free ports, with a database of its own."""
    started = Server(tmp_path, own_database(os.environ.get("DATABASE_URL", ""), tmp_path.name))
    try:
        yield started.start()
    finally:
        started.stop()
        started.kill_all()


def own_database(url: str, name: str) -> str:
    """A new database in the cluster at `url`, or an empty string for SQLite."""
    if not url.startswith("postgres"):
        return ""
    fresh = "".join(letter if letter.isalnum() else "_" for letter in f"server_{name}_{os.getpid()}").lower()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{fresh}"')
    return urlsplit(url)._replace(path=f"/{fresh}").geturl()
