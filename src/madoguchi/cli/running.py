"""`madoguchi setup` and `serve`: prepare, then run web server, worker and sandbox as processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Annotated

import httpx
import typer
from django.conf import settings
from rich.console import Console

from madoguchi.cli.demo_people import DEMO_PASSWORD
from madoguchi.cli.setting_up import make_secret_key, prepare_database, prepare_demo
from madoguchi.people.queries import demo_users

START_SECONDS = 60
RESTART_SECONDS = 0.5
WEB_THREADS = 8
Demo = Annotated[bool, typer.Option("--demo/--no-demo", help="With the pilot towns and the sandbox provider.")]


def setup(demo: Demo = False) -> None:
    """Make the tables and load the reference data; with --demo, the pilot towns too. Running it again loses nothing."""
    make_secret_key()
    prepare_database()
    if demo:
        # This process read its settings before it was asked for one; places of a demo get numbers of the test range.
        settings.DEMO = True
        prepare_demo(sandbox_url=_sandbox_url())
    _collect_static()


def worker() -> None:
    """Deliver the outbox and seal the log until stopped."""
    from madoguchi.jobs.worker import run

    run()


def serve(demo: Demo = False) -> None:
    """Run everything on this machine until Ctrl-C. Prints `ready <address>` when it serves."""
    console = Console(stderr=True)
    with console.status("Preparing the database…"):
        setup(demo=demo)
    environment = {**os.environ, "MADOGUCHI_DEMO": "1" if demo else "0", "MADOGUCHI_VAR": str(settings.VAR)}
    fleet = [
        Child("worker", [sys.executable, "-m", "madoguchi.cli", "worker"], environment),
        Child("web", _web_command(), environment),
    ]
    if demo:
        sandbox = {
            **environment,
            "MADOGUCHI_SANDBOX_CONFIG": str(settings.VAR / "sandbox" / "sandbox.json"),
            "SANDBOX_PORT": str(_sandbox_port()),
        }
        fleet.append(Child("sandbox", [sys.executable, "-m", "madoguchi.gateways.sandbox"], sandbox))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    for child in fleet:
        child.start()
    try:
        if not _wait_until_well(stop):
            if not stop.is_set():
                typer.echo(f"not well after {START_SECONDS} seconds; see the messages above", err=True)
                raise typer.Exit(1)
            return
        if demo:
            _introduce(console)
        typer.echo(f"ready {settings.PUBLIC_URL}")
        sys.stdout.flush()
        while not stop.wait(RESTART_SECONDS):
            for child in fleet:
                child.revive(console)
    finally:
        for child in fleet:
            child.end()


@dataclass
class Child:
    """One process of the fleet; started again if it dies, however it died."""

    name: str
    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        """Start the process in its own group, so that its children end with it."""
        self.process = subprocess.Popen(self.command, env=self.environment, start_new_session=True)
        (settings.VAR / f"{self.name}.pid").write_text(str(self.process.pid))

    def revive(self, console: Console) -> None:
        """Start the process again if it has ended."""
        if self.process is not None and self.process.poll() is not None:
            console.print(f"{self.name} ended with status {self.process.returncode}; starting it again")
            self._signal(signal.SIGKILL)  # gunicorn's workers may outlive a killed master and hold its port
            self.start()

    def end(self) -> None:
        """Ask the process to end, and make it after ten seconds."""
        if self.process is None:
            return
        self._signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
        (settings.VAR / f"{self.name}.pid").unlink(missing_ok=True)

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                return


def _web_command() -> list[str]:
    workers = os.environ.get("WEB_CONCURRENCY", "2")
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "--no-control-socket",
        "--preload",
        "--worker-class=gthread",
        f"--workers={workers}",
        f"--threads={WEB_THREADS}",
        "--keep-alive=30",
        "--graceful-timeout=5",
        "--log-level=warning",
        f"--bind=127.0.0.1:{settings.PORT}",
        "madoguchi.config.wsgi:application",
    ]


def _wait_until_well(stop: threading.Event) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and not stop.is_set():
        try:
            if httpx.get(f"http://127.0.0.1:{settings.PORT}/healthz", timeout=2).status_code == 200:
                return True
        except httpx.HTTPError:
            pass
        stop.wait(0.1)
    return False


def _introduce(console: Console) -> None:
    console.print(f"Madoguchi   {settings.PUBLIC_URL}", highlight=False)
    console.print(f"Sandbox     {_sandbox_url()}  (a wallet to pay with; no real money)", highlight=False)
    console.print(f"Joining     {settings.PUBLIC_URL}/join/  (example applications in every state)", highlight=False)
    console.print(f"Demo sign-ins, all with the password {DEMO_PASSWORD}:", highlight=False)
    for user in demo_users():
        console.print(f"  {user.username:20} {user.display_name}", highlight=False)


def _sandbox_port() -> int:
    return int(os.environ.get("SANDBOX_PORT", settings.PORT + 1))


def _sandbox_url() -> str:
    return f"http://127.0.0.1:{_sandbox_port()}"


def _collect_static() -> None:
    built = settings.PACKAGE / "web" / "static" / "dist" / "app.js"
    collected = settings.STATIC_ROOT / "staticfiles.json"
    if not built.exists() or (collected.exists() and collected.stat().st_mtime >= built.stat().st_mtime):
        return
    # The process that collects must write the manifest, so it starts anew with the storage that makes one.
    environment = {**os.environ, "MADOGUCHI_VAR": str(settings.VAR), "MADOGUCHI_COLLECT": "1"}
    command = [sys.executable, "-m", "django", "collectstatic", "--noinput", "--clear", "-v0"]
    subprocess.run(command, env=environment, check=True)
