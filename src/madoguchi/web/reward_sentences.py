"""What is said for each code of a refusal where rewards are computed: what happened, and what to do."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REWARD_SENTENCES: dict[str, tuple[Promise, ...]] = {
    "campaign_wrong": (
        _("The campaign's %(field)s cannot be taken as it is. Correct it and try again."),
        _("Something in the campaign cannot be taken as it is. Correct it and try again."),
    ),
    "credit_rule_unknown": (
        _("%(rule)s is no rule for the date of credit. The rules are listed in the description of the table."),
        _("A rule for the date of credit is not known. The rules are listed in the description of the table."),
    ),
    "engine_unknown": (_("There is no such engine. Choose local, duckdb or spark."),),
    "enrolment_wrong": (
        _("Row %(row)s of the enrolments cannot be taken: look at its %(column)s. Nothing was computed."),
        _("A row of the enrolments cannot be taken. Nothing was computed."),
    ),
    "enrolments_columns_missing": (
        _("The table of enrolments lacks columns: %(missing)s."),
        _("The table of enrolments lacks columns."),
    ),
    "enrolments_overlap": (
        _(
            "Two rows of the place %(store_id)s for the service %(service_id)s share a day, so its rate would be in "
            "doubt. Correct the dates; nothing was computed."
        ),
        _("Two rows of one place and service share a day, so the rate would be in doubt. Nothing was computed."),
    ),
    "fee_above_limit": (
        _(
            "These fees are above 3.25 per cent of the takings, so nothing is borne of them. Check the fee and the "
            "takings that were told."
        ),
    ),
    "fee_wrong": (_("Fees and takings cannot be below zero. Check what was told."),),
    "life_wrong": (
        _("This report of points cannot be true: look at its %(field)s, beside the report before."),
        _("This report of points cannot be true. Compare it with the report before."),
    ),
    "memory_too_small": (_("That is too little memory for a run. Give at least 32 MiB."),),
    "memory_unreadable": (_("An amount of memory is written like 512MiB or 2GiB."),),
    "not_a_run": (_("There is no finished run in this folder. Name the folder that a run wrote its results to."),),
    "out_format_unknown": (_("The results can be written as Parquet or CSV. Give a name that ends in one of them."),),
    "out_not_a_run": (
        _(
            "The folder for the results holds something else, which would be lost. Name an empty folder or one with "
            "an earlier run."
        ),
    ),
    "out_not_exchangeable": (
        _(
            "This disk cannot exchange two folders in one step, so the old results were left as they are. Name a new "
            "folder."
        ),
    ),
    "out_unwritable": (_("The folder for the results cannot be written to. Choose another or ask for access."),),
    "payments_column_type": (
        _("The column %(column)s of the payments holds %(type)s, which cannot be read as what it should be."),
        _("A column of the payments cannot be read as what it should be."),
    ),
    "payments_columns_missing": (
        _("A file of payments lacks columns: %(missing)s."),
        _("A file of payments lacks columns."),
    ),
    "payments_missing": (_("There are no payments under the names given: no Parquet and no CSV file."),),
    "place_wrong": (
        _("Row %(row)s of the places cannot be taken: look at its %(field)s."),
        _("A row of the places cannot be taken."),
    ),
    "places_columns_missing": (
        _("The table of places lacks columns: %(missing)s."),
        _("The table of places lacks columns."),
    ),
    "holds_columns_missing": (_("The table of payments on hold has no column payment_id."),),
    "runs_differ_in_ids": (
        _(
            "In one of the runs ids are numbers and in the other they are text, so no payment would be found in both. "
            "Compute the earlier run again from the same files."
        ),
    ),
    "service_twice": (
        _("The service %(service_id)s stands twice in the table with the same channel. Keep one of the rows."),
        _("A service stands twice in the table with the same channel. Keep one of the rows."),
    ),
    "service_wrong": (
        _("Row %(row)s of the services cannot be taken: look at its %(column)s."),
        _("A row of the services cannot be taken."),
    ),
    "services_columns_missing": (
        _("The table of services lacks columns: %(missing)s."),
        _("The table of services lacks columns."),
    ),
    "services_disagree": (
        _("The rows of the service %(service_id)s share one cap but name different ones. Make them agree."),
        _("Rows of one service share one cap but name different ones. Make them agree."),
    ),
    "share_wrong": (_("A share lies between 0 and 100 per cent."),),
    "spark_missing": (
        _("The engine spark needs %(missing)s on this machine. Install it or choose another engine."),
        _("The engine spark is not complete on this machine. Install what is missing or choose another engine."),
    ),
    "suspicion_rules_wrong": (
        _("The rule %(rule)s for suspicious payments cannot be taken as it is: look at its %(field)s."),
        _("A rule for suspicious payments cannot be taken as it is."),
    ),
}
