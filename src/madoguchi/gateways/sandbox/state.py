"""What every part of the sandbox shares: its configuration, its file, its clock and its sender."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from madoguchi.gateways.sandbox.configuration import SandboxConfig
from madoguchi.gateways.sandbox.sender import Sender
from madoguchi.gateways.sandbox.store import Store

EXTENSION = "madoguchi_sandbox"


@dataclass(frozen=True)
class Sandbox:
    """One running sandbox; Flask keeps it in `app.extensions`."""

    config: SandboxConfig
    store: Store
    sender: Sender
    clock: Callable[[], datetime]


def current_sandbox() -> Sandbox:
    """The sandbox of the application that is answering a request."""
    sandbox: Sandbox = current_app.extensions[EXTENSION]
    return sandbox
