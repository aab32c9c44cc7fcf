"""Builds the sandbox's web application: its file, its sender, its pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import httpx
from flask import Flask, abort, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from madoguchi.core import clock as core_clock
from madoguchi.core.errors import Refusal
from madoguchi.gateways.sandbox import pages
from madoguchi.gateways.sandbox.configuration import SandboxConfig
from madoguchi.gateways.sandbox.programs import programs
from madoguchi.gateways.sandbox.sender import Sender
from madoguchi.gateways.sandbox.state import EXTENSION, Sandbox
from madoguchi.gateways.sandbox.store import Store
from madoguchi.gateways.sandbox.webhooks import webhooks

LARGEST_REQUEST_BYTES = 16 * 1024 * 1024
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def create_app(
    config: SandboxConfig,
    *,
    clock: Callable[[], datetime] = core_clock.now,
    transport: httpx.BaseTransport | None = None,
    starts_sender: bool = True,
) -> Flask:
    """The sandbox as a Flask application.

    It starts sending in a background thread, so serve it from one process, threads as you like. Tests pass
    `starts_sender=False` and call `send_due` themselves; `clock` and `transport` stand in for time and the network.
    """
    store = Store(config.database)
    sender = Sender(config, store, clock, transport)
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = 100_000
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions[EXTENSION] = Sandbox(config=config, store=store, sender=sender, clock=clock)
    app.register_blueprint(pages.pages)
    app.register_blueprint(programs)
    app.register_blueprint(webhooks)
    app.before_request(_refuse_forms_of_other_sites)
    app.after_request(_add_headers)
    app.register_error_handler(404, _page_missing)
    app.register_error_handler(413, _too_large)
    if starts_sender:
        sender.start()
    return app


def _refuse_forms_of_other_sites() -> None:
    """A page elsewhere must not press our buttons; browsers say where a request comes from, programs need not."""
    if request.method not in ("GET", "HEAD") and request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(403)


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _page_missing(_: HTTPException) -> tuple[str, int]:
    return pages.wallet_with(Refusal("page_missing")), 404


def _too_large(_: HTTPException) -> tuple[str, int]:
    return pages.wallet_with(Refusal("picture_too_large", field="code")), 413
