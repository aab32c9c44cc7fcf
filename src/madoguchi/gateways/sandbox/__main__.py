"""Serves the sandbox on 127.0.0.1:$SANDBOX_PORT (8001): `python -m madoguchi.gateways.sandbox`."""

from __future__ import annotations

import os
import runpy
import sys


def main() -> None:
    """Run gunicorn with one process, for one sender thread must send each notice, and threads for the pages."""
    address = f"127.0.0.1:{os.environ.get('SANDBOX_PORT', '8001')}"
    app = "madoguchi.gateways.sandbox.wsgi:app"
    # Without a control socket: gunicorn keeps it at one path per user, where Madoguchi's own server may have one.
    options = [
        "--no-control-socket",
        "--log-level",
        "warning",
        "--workers",
        "1",
        "--worker-class",
        "gthread",
        "--threads",
        "8",
        "-b",
        address,
    ]
    sys.argv = ["gunicorn", *options, app]
    runpy.run_module("gunicorn", run_name="__main__")


if __name__ == "__main__":
    main()
