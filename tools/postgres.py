"""Run a command with DATABASE_URL set to a PostgreSQL cluster made for it and thrown away afterwards.

`python tools/postgres.py -- pytest tests` . PostgreSQL refuses to run as root; then the cluster belongs to `postgres`.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Durable: what the tests and benchmarks prove must hold after a power cut, so fsync stays on.
OPTIONS = {"fsync": "on", "synchronous_commit": "on", "max_connections": "60", "shared_buffers": "256MB"}


def binaries() -> Path:
    """The folder of the newest PostgreSQL server on this machine."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[4]))
    if not found:
        raise SystemExit("PostgreSQL's server is not installed: apt-get install postgresql")
    return found[-1].parent


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def cluster(**settings: str) -> Iterator[str]:
    """A running cluster's DATABASE_URL, with other `settings` than OPTIONS; the cluster is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="madoguchi-pg-"))
    prefix: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        prefix = ["runuser", "-u", "postgres", "--"]
    programs, data, port = binaries(), folder / "data", free_port()

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [*prefix, str(programs / program), *arguments], check=True, stdout=subprocess.DEVNULL, cwd=folder
        )

    options = " ".join(f"-c {name}={value}" for name, value in (OPTIONS | settings).items())
    server = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} {options}"
    try:
        run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", server, "start")
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        if (data / "postmaster.pid").exists():
            run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Run the command after `--`."""
    command = sys.argv[sys.argv.index("--") + 1 :]
    with cluster() as url:
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
