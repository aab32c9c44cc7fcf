"""Registers the room with Django."""

from django.apps import AppConfig


class OnboardingConfig(AppConfig):
    name = "madoguchi.onboarding"
    label = "onboarding"
