"""Preparing an installation: its secret, and what the demo's sandbox is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from madoguchi.cli.setting_up import make_secret_key, prepare_demo
from madoguchi.gateways.sandbox import SandboxConfig
from madoguchi.people.access import system_actor
from madoguchi.registry.models import SigningKey
from madoguchi.registry.sealing import seal, unseal
from madoguchi.registry.signing import revoke_signing_key


@pytest.fixture
def var(settings: Any, tmp_path: Path) -> Path:
    settings.VAR = tmp_path / "var"
    return settings.VAR


def test_what_the_first_process_seals_opens_in_every_later_one(settings: Any, var: Path) -> None:
    """The demo's keys are made by the very process that makes the secret, which had none when it read its settings."""
    settings.SECRET_KEY = settings.NO_SECRET
    make_secret_key()
    sealed = seal(b"key", [settings.SECRET_KEY])

    kept = (var / "secret-key").read_text().strip()
    assert unseal(sealed, [kept]) == b"key"
    assert (var / "secret-key").stat().st_mode & 0o077 == 0
    make_secret_key()
    assert (var / "secret-key").read_text().strip() == settings.SECRET_KEY == kept


def test_a_secret_given_from_outside_stays(settings: Any, var: Path) -> None:
    settings.SECRET_KEY = "given by the environment"
    make_secret_key()

    assert settings.SECRET_KEY == "given by the environment"


def test_the_sandbox_knows_whose_codes_to_trust(towns: Any, var: Path) -> None:
    """Those of every town of the demo, less what was revoked."""
    gone = SigningKey.objects.get(organisation=towns.towns["10210"])
    revoke_signing_key(actor=system_actor("test"), key_id=gone.key_id, reason="lost")

    config = SandboxConfig.from_file(prepare_demo(sandbox_url="http://127.0.0.1:9"))

    assert set(config.public_keys) == set(
        SigningKey.objects.exclude(key_id=gone.key_id).values_list("key_id", flat=True)
    )
    key = SigningKey.objects.get(organisation=towns.towns["20414"])
    assert config.signer(key.key_id) == "長野県泰阜村"
    assert config.signer(gone.key_id) == config.signer(None) == ""
