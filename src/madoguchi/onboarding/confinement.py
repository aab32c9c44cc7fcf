"""Strangers' files are opened in a process of their own, with its time and memory limited and no secrets in reach.

    python -m madoguchi.onboarding.confinement TASK < FILE

The checks inside each task find what they look for; these limits hold for what nobody thought of.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from madoguchi.core.errors import Refusal

# A task takes the file's bytes and gives facts that JSON can hold, and bytes.
Task = Callable[[bytes], tuple[dict[str, Any], bytes]]
TASKS: Mapping[str, str] = {
    "xlsx": "madoguchi.onboarding.sheet_files:xlsx_rows",
    "pdf": "madoguchi.onboarding.scanning_pdf:checked_pdf",
    "image": "madoguchi.onboarding.scanning_images:redrawn_image",
}
COMMAND = ("-P", "-m", __name__)
CPU_SECONDS = 20
# Three times as long, for a machine that is busy with other things.
WALL_SECONDS = 60
MEMORY_BYTES = 1 << 30
# How many of one server process's threads may open files at the same time; the others wait.
AT_ONCE = threading.BoundedSemaphore(4)


class OutgrownError(Exception):
    """The file needs more time or memory than any honest one."""


class BrokenError(Exception):
    """The file's reader gave up."""


def confined(task: str, data: bytes) -> tuple[dict[str, Any], bytes]:
    """What `task` (one of `TASKS`) makes of `data`.

    Raises the task's own Refusal, `OutgrownError`, `BrokenError`.
    """
    with AT_ONCE:
        try:
            done = subprocess.run(
                [sys.executable, *COMMAND, task],
                input=data,
                capture_output=True,
                timeout=WALL_SECONDS,
                env=_bare_environment(),
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise OutgrownError from error
    head, _, payload = done.stdout.partition(b"\n")
    if done.returncode != 0 or not head:
        # Killed by its limits, or by a fault in a reader written in C.
        raise OutgrownError if done.returncode < 0 else BrokenError
    answer = json.loads(head)
    if code := answer.get("refused"):
        raise Refusal(code, **answer["details"])
    if "gave_up" in answer:
        raise OutgrownError if answer["gave_up"] == "outgrown" else BrokenError
    return answer["facts"], payload


def _bare_environment() -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
    }


def _limit_this_process() -> None:
    for kind, limit in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))


def _answer(task: Task, data: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        facts, payload = task(data)
    except Refusal as refusal:
        return {"refused": refusal.code, "details": refusal.details}, b""
    except MemoryError:
        return {"gave_up": "outgrown"}, b""
    except Exception:
        # A hostile file makes its reader fail in ways that the reader's makers did not name.
        return {"gave_up": "broken"}, b""
    return {"facts": facts}, payload


def _main(name: str) -> None:
    module, function = TASKS[name].split(":")
    task: Task = getattr(import_module(module), function)
    data = sys.stdin.buffer.read()
    _limit_this_process()
    answer, payload = _answer(task, data)
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.write(payload)


if __name__ == "__main__":
    _main(sys.argv[1])
