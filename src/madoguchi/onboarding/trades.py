"""PLACEHOLDER until the real one is written: replace this file whole."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DocumentNeed:
    code: str
    rule: str
    alternatives: tuple[str, ...] = ()


def documents_for(entity: str, trade: str | None) -> tuple[DocumentNeed, ...]:
    return ()


def missing(needs: tuple[DocumentNeed, ...], held: set[str]) -> tuple[DocumentNeed, ...]:
    return ()
