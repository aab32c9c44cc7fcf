"""The sign-in form."""

from __future__ import annotations

from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _


class SignInForm(AuthenticationForm):
    """User name and password; the answer never tells which of the two was wrong."""

    error_messages = {
        "invalid_login": _("The user name or password does not fit. Check both and try again."),
        "inactive": _("This user can no longer sign in. Ask your administrator."),
    }
