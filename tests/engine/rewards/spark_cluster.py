"""Spark for tests: a session in this process, or a standalone master with two workers as processes of their own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

LOOPBACK = "127.0.0.1"
MASTER, WORKER = "org.apache.spark.deploy.master.Master", "org.apache.spark.deploy.worker.Worker"
WORKER_MEMORY = "700m"
PATIENCE_SECONDS = 300
BREATH_SECONDS = 0.005


@contextmanager
def spark_here() -> Iterator[Any]:
    """A session on two threads of this process, which runs then share."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[2]").appName("tests")
    for name, value in {"driver.host": LOOPBACK, "driver.bindAddress": LOOPBACK, "ui.enabled": "false"}.items():
        builder = builder.config(f"spark.{name}", value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    try:
        yield session
    finally:
        session.stop()


@dataclass
class Cluster:
    """A running master, and the processes that were started for it."""

    url: str
    folder: Path
    master: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def log(self) -> Path:
        return self.folder / "master.log"

    def complete(self) -> None:
        """Start workers, of one core each, until there are two."""
        while sum(worker.poll() is None for worker in self.workers) < 2:
            number = len(self.workers)
            facts = ("--cores", "1", "--memory", WORKER_MEMORY, "--work-dir", str(self.folder / f"work-{number}"))
            self.workers.append(_start(self.folder / f"worker-{number}.log", WORKER, *facts, self.url))
        wait_for(lambda: self.log.read_text("utf-8").count("Registering worker") == len(self.workers), "the workers")

    def executors(self) -> list[psutil.Process]:
        """The processes that compute for a run, one of each worker that has any."""
        living = [psutil.Process(worker.pid) for worker in self.workers if worker.poll() is None]
        found = [child for worker in living for child in worker.children()]
        return [one for one in found if _computes(one)]

    def kill_one(self) -> list[int]:
        """End a worker, and then what computes for it, as a power cut would; gives their process ids."""
        wait_for(lambda: len(self.executors()) == 2, "what computes for both workers")
        victim = self.executors()[0]
        (worker,) = [one for one in self.workers if one.pid == victim.ppid()]
        worker.kill()
        victim.kill()
        worker.wait()
        return [worker.pid, victim.pid]


@contextmanager
def standalone(folder: Path) -> Iterator[Cluster]:
    """A master on the loopback, still without workers; it and all that were started are gone afterwards."""
    port = free_port()
    master = _start(folder / "master.log", MASTER, "--port", str(port))
    cluster = Cluster(f"spark://{LOOPBACK}:{port}", folder, master)
    try:
        wait_for(lambda: "I have been elected leader" in cluster.log.read_text("utf-8"), "the master")
        yield cluster
    finally:
        for process in (*cluster.workers, master):
            _end(process)


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind((LOOPBACK, 0))
        return int(bound.getsockname()[1])


def wait_for(is_so: Any, what: str, breath_seconds: float = 0.05) -> None:
    """Ask until it is so; a wait without end would hide the fault."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > patience:
            raise TimeoutError(f"{what} did not come")
        time.sleep(breath_seconds)


def _computes(process: psutil.Process) -> bool:
    """A worker also starts short helpers, which may be over before they are looked at."""
    try:
        return "CoarseGrainedExecutorBackend" in " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return False


def _start(log: Path, *command: str) -> subprocess.Popen[bytes]:
    import pyspark

    home = Path(pyspark.__file__).parent
    environment = {**os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": LOOPBACK, "SPARK_DAEMON_MEMORY": "256m"}
    words = [str(home / "bin" / "spark-class"), *command[:1], "--host", LOOPBACK, "--webui-port", "0", *command[1:]]
    with log.open("wb") as written:
        return subprocess.Popen(words, stdout=written, stderr=subprocess.STDOUT, env=environment)


def _end(process: subprocess.Popen[bytes]) -> None:
    """The process and what it started; those already dead are no fault."""
    try:
        children = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        children = []
    process.kill()
    process.wait()
    for child in children:
        if child.is_running():
            child.kill()
