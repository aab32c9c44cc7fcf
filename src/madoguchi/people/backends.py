"""Signing in with a password; demo sign-ins only while the demo runs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend


class PasswordBackend(ModelBackend):
    """Django's own, but a demo user is nobody outside demo mode, even with a session from before."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Whether `user` may sign in, or stay signed in, now."""
        if user is not None and user.is_demo and not settings.DEMO:
            return False
        return super().user_can_authenticate(user)
