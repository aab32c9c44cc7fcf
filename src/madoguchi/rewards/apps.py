"""The rewards room for Django."""

from django.apps import AppConfig


class RewardsConfig(AppConfig):
    name = "madoguchi.rewards"
    label = "rewards"
