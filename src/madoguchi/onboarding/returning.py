"""Giving an application back to its applicant with what it shall see to."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.onboarding.applications import lock_application, move
from madoguchi.onboarding.letters import keep_message
from madoguchi.onboarding.models import Application, Proposal
from madoguchi.onboarding.outgoing import write_to_applicant
from madoguchi.people.access import Actor, require


def return_application(*, actor: Actor, application_id: UUID, text: str) -> Application:
    """Ask the applicant for something: it may change its application again, and is told by message and e-mail.

    Raises Refusal `application_unknown`, `application_not_submitted`, `proposal_open` (whoever proposed to accept or
    refuse it must take that back first), `text_missing`, `text_too_long`.
    """
    with transaction.atomic():
        require(actor, "office.write")
        application = lock_application(application_id)
        if application.state != "submitted":
            raise Refusal("application_not_submitted", state=application.state)
        if open_one := Proposal.objects.filter(application=application, state="proposed").first():
            raise Refusal("proposal_open", kind=open_one.kind)
        message = keep_message(actor, application, None, "office", "applicant", text)
        move(application, "returned")
        # Until it is sent again its services are the applicant's to choose, as before it was sent.
        application.items.filter(state="submitted").update(state="draft", changed_at=now())
        record(actor, "application.returned", application.id)
        write_to_applicant(application, "returned", text=message.text)
    return application
