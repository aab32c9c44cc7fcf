"""Registers the room with Django."""

from django.apps import AppConfig


class SettlementConfig(AppConfig):
    name = "madoguchi.settlement"
    label = "settlement"
