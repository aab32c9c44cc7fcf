"""Reading users."""

from __future__ import annotations

from madoguchi.people.models import User


def demo_users() -> list[User]:
    """The demo sign-ins, in the order they were made."""
    return list(User.objects.filter(is_demo=True, is_active=True).order_by("id"))


def names_of(user_ids: set[int]) -> dict[int, str]:
    """Display names by user id."""
    return {user.pk: str(user) for user in User.objects.filter(pk__in=user_ids)}
