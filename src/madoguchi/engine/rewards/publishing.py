"""A run's results put in place as a whole: either the old ones stand there or the new ones, never a half."""

from __future__ import annotations

import csv
import ctypes
import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from madoguchi.core.errors import Refusal

RUN_FILE = "run.json"
MARK = ".rewards-"
AT_WORKING_FOLDER = -100
EXCHANGE = 2


@contextmanager
def staged(out: Path) -> Iterator[Path]:
    """A folder beside `out` to write a run into; leaving it without an error puts it in `out`'s place at once.

    What runs that were killed left behind is removed first. Raises Refusal `out_not_a_run` if `out` holds anything
    that is no run's, `out_unwritable`.
    """
    out = out.absolute()
    _refuse_foreign(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _remove_left_behind(out)
        staging = out.parent / f"{MARK}{out.name}-{os.getpid()}"
        staging.mkdir()
    except OSError as error:
        raise Refusal("out_unwritable", out=str(out), reason=error.strerror) from error
    try:
        yield staging
        _sync(staging)
        put_in_place(staging, out)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def put_in_place(staging: Path, out: Path) -> None:
    """Make `staging` stand as `out` in one step; what stood there stands at `staging` afterwards."""
    if not out.exists():
        os.rename(staging, out)
    else:
        _exchange(staging, out)
    _sync_folder(out.parent)


def _exchange(one: Path, other: Path) -> None:
    """Two folders change names in one step of the file system (renameat2 of Linux)."""
    library = ctypes.CDLL(None, use_errno=True)
    done = library.renameat2(AT_WORKING_FOLDER, bytes(one), AT_WORKING_FOLDER, bytes(other), EXCHANGE)
    if done != 0:
        code = ctypes.get_errno()
        if code not in (errno.EINVAL, errno.ENOSYS, errno.EXDEV):
            raise OSError(code, os.strerror(code), str(other))
        raise Refusal("out_not_exchangeable", out=str(other))


def _refuse_foreign(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise Refusal("out_not_a_run", out=str(out))
    if out.is_dir() and not (out / RUN_FILE).is_file() and any(out.iterdir()):
        raise Refusal("out_not_a_run", out=str(out))


def _remove_left_behind(out: Path) -> None:
    for left in out.parent.glob(f"{MARK}{out.name}-*"):
        pid = left.name.rpartition("-")[2]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(left, ignore_errors=True)


def _sync(folder: Path) -> None:
    """Everything on the disk before the names change, so that a power cut finds whole files."""
    for path in sorted(folder.rglob("*")):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_rows(file: Path, columns: tuple[str, ...], rows: Any) -> None:
    """A CSV file with a head."""
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def write_facts(file: Path, facts: dict[str, Any]) -> None:
    """A JSON file that people can read."""
    file.write_text(json.dumps(facts, ensure_ascii=False, indent=2) + "\n", "utf-8")
