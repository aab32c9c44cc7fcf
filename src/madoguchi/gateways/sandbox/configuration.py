"""Which providers the sandbox plays, with which keys, and where Madoguchi is: read from one JSON file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from madoguchi.jpqr.conditions import read_public_key

CONFIG_VARIABLE = "MADOGUCHI_SANDBOX_CONFIG"
DATABASE_NAME = "sandbox.sqlite3"


@dataclass(frozen=True)
class Service:
    """A payment service as the payer knows it, such as PayPay. Without `operator_code` its codes cannot be shown."""

    id: str
    name: str
    operator_code: str = ""


@dataclass(frozen=True)
class Provider:
    """The company behind services. It signs its notices with `secret`; webhooks to it come signed with the other."""

    id: str
    name: str
    services: tuple[Service, ...]
    key_id: str
    secret: str = field(repr=False)
    webhook_key_id: str
    webhook_secret: str = field(repr=False)


@dataclass(frozen=True)
class TrustedKey:
    """A key with which a town signs its codes, and the town's name."""

    key_id: str
    public: bytes
    name: str


@dataclass(frozen=True)
class SandboxConfig:
    """Where Madoguchi is, the providers played, the SQLite file that keeps their state, and whose codes are trusted."""

    madoguchi_url: str
    providers: tuple[Provider, ...]
    database: Path
    trusted_keys: tuple[TrustedKey, ...] = ()

    def __post_init__(self) -> None:
        services = [service.id for provider in self.providers for service in provider.services]
        names = [provider.id for provider in self.providers]
        if not services:
            raise ValueError("The sandbox needs at least one provider with one service.")
        if len(set(services)) < len(services) or len(set(names)) < len(names):
            raise ValueError("A provider, and a service, may stand in the sandbox's configuration only once.")

    def provider(self, provider_id: str) -> Provider | None:
        """The provider with this id, or None."""
        return next((provider for provider in self.providers if provider.id == provider_id), None)

    def provider_of(self, service_id: str) -> Provider | None:
        """The provider behind a service, or None."""
        return next(
            (each for each in self.providers if any(service.id == service_id for service in each.services)), None
        )

    def service(self, service_id: str) -> Service | None:
        """The service with this id, or None."""
        services = (service for provider in self.providers for service in provider.services)
        return next((service for service in services if service.id == service_id), None)

    def service_name(self, service_id: str) -> str:
        """The name people know a service by; its id if it is no longer configured."""
        service = self.service(service_id)
        return service.name if service else service_id

    @property
    def public_keys(self) -> dict[str, bytes]:
        """The trusted keys by their ids."""
        return {key.key_id: key.public for key in self.trusted_keys}

    def signer(self, key_id: str | None) -> str:
        """Whose trusted key this is; empty if none of them is."""
        return next((key.name for key in self.trusted_keys if key.key_id == key_id), "")

    @classmethod
    def from_file(cls, path: Path) -> SandboxConfig:
        """Read the JSON file; the state is kept in `sandbox.sqlite3` beside it. Raises ValueError, OSError."""
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                madoguchi_url=str(facts["madoguchi_url"]).rstrip("/"),
                providers=tuple(_provider(each) for each in facts["providers"]),
                database=path.with_name(DATABASE_NAME),
                trusted_keys=tuple(
                    TrustedKey(key["key_id"], read_public_key(key["public_key"]), key["name"])
                    for key in facts.get("trusted_keys", [])
                ),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"{path} is not a sandbox configuration: {error!r}") from error

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> SandboxConfig:
        """Read the file that `MADOGUCHI_SANDBOX_CONFIG` names. Raises ValueError if it names none."""
        path = environment.get(CONFIG_VARIABLE)
        if not path:
            raise ValueError(f"Set {CONFIG_VARIABLE} to the sandbox's JSON file.")
        return cls.from_file(Path(path).resolve())


def _provider(facts: Mapping[str, Any]) -> Provider:
    return Provider(
        id=facts["provider"],
        name=facts["name"],
        services=tuple(
            Service(id=service["id"], name=service["name"], operator_code=service.get("operator_code", ""))
            for service in facts["services"]
        ),
        key_id=facts["key_id"],
        secret=facts["secret"],
        webhook_key_id=facts["webhook_key_id"],
        webhook_secret=facts["webhook_secret"],
    )
