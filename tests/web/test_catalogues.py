"""Every sentence a page can show has its Japanese, in the catalogue of the room that shows it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

import madoguchi.web

WEB = Path(madoguchi.web.__file__).parent
CATALOGUE = Path("locale/ja/LC_MESSAGES/django.po")
ROOMS = sorted(path.parent for path in WEB.rglob("locale") if path.is_dir())
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")

pytestmark = pytest.mark.skipif(shutil.which("xgettext") is None, reason="gettext is not installed")
each_room = pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.relative_to(WEB.parent).as_posix())


def key(message: Message) -> tuple[str, str]:
    """Context and words; of a message with a plural, its singular."""
    return message.context or "", message.id if isinstance(message.id, str) else message.id[0]


def messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def forms(message: Message) -> list[str]:
    return [message.string or ""] if isinstance(message.string, str | None) else list(message.string)


def committed(room: Path) -> list[Message]:
    """What the room's catalogue holds; nothing for a room whose first page is still to come."""
    path = room / CATALOGUE
    if not path.exists():
        return []
    with path.open("rb") as file:
        return messages(read_po(file, locale="ja"))


def extracted(room: Path, folder: Path) -> list[Message]:
    """What the room's own pages and code show, without the rooms inside it that have catalogues of their own."""
    inner = {other for other in ROOMS if other != room and room in other.parents}

    def leave_out(path: str, names: list[str]) -> set[str]:
        here = Path(path)
        return {name for name in names if name in {"locale", "static", "__pycache__"} or here / name in inner}

    copy = folder / "copy"
    shutil.copytree(room, copy, ignore=leave_out)
    (copy / "locale").mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "-m", "django", "makemessages", "-l", "ja", "--no-location", "-v", "0"]
    subprocess.run(command, cwd=copy, env=environment, check=True, capture_output=True, text=True)
    if not (copy / CATALOGUE).exists():
        return []
    with (copy / CATALOGUE).open("rb") as file:
        return messages(read_po(file))


@each_room
def test_every_sentence_of_a_room_is_translated(room: Path, tmp_path: Path) -> None:
    translated = {key(message) for message in committed(room) if all(forms(message)) and not message.fuzzy}

    missing = [key(message) for message in extracted(room, tmp_path) if key(message) not in translated]

    assert missing == []


@each_room
def test_a_catalogue_holds_nothing_unfinished(room: Path) -> None:
    """Neither empty nor fuzzy entries, and each translation names exactly the facts its sentence names."""
    unfinished = [key(message) for message in committed(room) if message.fuzzy or not all(forms(message))]
    other_facts = [
        key(message)
        for message in committed(room)
        for form in forms(message)
        if set(PLACEHOLDER.findall(key(message)[1])) != set(PLACEHOLDER.findall(form))
    ]

    assert unfinished == []
    assert other_facts == []


def test_rooms_agree_on_the_words_they_share() -> None:
    """Django merges all catalogues into one, so of two translations of the same words only one would ever be seen."""
    found: dict[tuple[str, str], dict[tuple[str, ...], list[str]]] = defaultdict(lambda: defaultdict(list))
    for room in ROOMS:
        for message in committed(room):
            found[key(message)][tuple(forms(message))].append(room.name)

    assert {words: dict(ways) for words, ways in found.items() if len(ways) > 1} == {}
