"""What a process of the web server has done before it takes its first request."""

from __future__ import annotations

import subprocess
import sys


def test_pages_are_read_before_the_first_reader_asks() -> None:
    """Else that reader waits for seconds, and the next one in the next process."""
    found = "print({'madoguchi.web.finder.places', 'madoguchi.api.provider'} <= sys.modules.keys())"
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"import sys, madoguchi.config.wsgi; {found}"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )

    assert told.stdout.strip() == "True"
