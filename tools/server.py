"""The real platform as its own processes, for tests that kill it, browsers that walk it, and benchmarks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.postgres import free_port

READY_SECONDS = 90


@dataclass
class Server:
    """`madoguchi serve --demo` in a folder of its own; `database_url` empty means SQLite there."""

    folder: Path
    database_url: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    port: int = 0
    sandbox_port: int = 0
    process: subprocess.Popen[str] | None = None
    killed: dict[str, str] = field(default_factory=dict)  # by name, the process of each that was killed

    def __post_init__(self) -> None:
        self.port = self.port or free_port()
        self.sandbox_port = self.sandbox_port or free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def variables(self) -> dict[str, str]:
        """The environment in which the server, and commands about it, run."""
        own = {
            "MADOGUCHI_VAR": str(self.folder),
            "MADOGUCHI_DEMO": "1",
            "PORT": str(self.port),
            "SANDBOX_PORT": str(self.sandbox_port),
            "DATABASE_URL": self.database_url,
            "DJANGO_SETTINGS_MODULE": "madoguchi.config.settings",
        }
        return {**os.environ, **own, **self.environment}

    def start(self) -> Server:
        """Start and wait for the line `ready <address>`."""
        self.killed.clear()
        log = (self.folder / "serve.log").open("a")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "madoguchi.cli", "serve", "--demo"],
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        assert self.process.stdout is not None  # noqa: S101  # a pipe was asked for
        line = self.process.stdout.readline()
        if line.strip() != f"ready {self.url}":
            self.stop()
            raise RuntimeError(f"not ready: {line!r}\n{(self.folder / 'serve.log').read_text()[-2000:]}")
        return self

    def stop(self) -> None:
        """End the server as Ctrl-C does."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
            self.process = None

    def kill(self, name: str) -> None:
        """`kill -9` of one of the fleet (`web`, `worker`, `sandbox`) with everything it started."""
        pid = self._process_of(name)
        os.killpg(int(pid), signal.SIGKILL)
        self.killed[name] = pid

    def _process_of(self, name: str) -> str:
        return (self.folder / f"{name}.pid").read_text()

    def kill_all(self) -> None:
        """`kill -9` of everything at once, as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        for name in ("web", "worker", "sandbox"):
            try:
                self.kill(name)
            except (FileNotFoundError, ProcessLookupError):
                continue

    def wait_until_well(self) -> None:
        """Wait until the health check says so and whatever was killed runs anew; raises TimeoutError.

        Health alone would not do: it still holds for a while after the worker's last beat, and who kills it a second
        time meanwhile meets nobody.
        """
        import httpx

        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            try:
                is_revived = all(self._process_of(name) not in ("", pid) for name, pid in self.killed.items())
                if is_revived and httpx.get(f"{self.url}/healthz", timeout=2).status_code == 200:
                    self.killed.clear()
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.05)
        raise TimeoutError("the server did not become well")

    def run(self, code: str) -> Any:
        """Run Python beside the server, with its database; returns what the code prints as JSON on its last line."""
        program = f"import django; django.setup()\n{code}"
        done = subprocess.run(
            [sys.executable, "-c", program], env=self.variables, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])
        return json.loads(done.stdout.strip().splitlines()[-1])

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `madoguchi …` against the server's database."""
        return subprocess.run(
            [sys.executable, "-m", "madoguchi.cli", *arguments],
            env=self.variables,
            capture_output=True,
            text=True,
            check=False,
        )

    def key(self, provider: str) -> tuple[str, str]:
        """Key id and secret with which the sandbox signs for `provider`."""
        data = json.loads((self.folder / "sandbox" / "sandbox.json").read_text())
        row = next(row for row in data["providers"] if row["provider"] == provider)
        return row["key_id"], row["secret"]
