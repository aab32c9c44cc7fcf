"""What is said for each code of a refusal where rewards are computed: what happened, and what to do."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REWARD_SENTENCES: dict[str, tuple[Promise, ...]] = {
    "budget_missing": (_("The campaign has no budget yet. Write down its budget in points, then propose it."),),
    "campaign_code_taken": (
        _("The code %(taken)s belongs to another campaign. Choose a different one."),
        _("This code belongs to another campaign. Choose a different one."),
    ),
    "campaign_fixed": (
        _(
            "This campaign is no longer a draft, so its terms cannot be changed. If it is proposed, take the "
            "proposal back first."
        ),
    ),
    "campaign_not_approved": (_("Runs are made only for approved campaigns. Have the campaign approved first."),),
    "campaign_runs_still": (
        _("The campaign runs until %(ends_on)s. It can be ended from the day after."),
        _("The campaign still runs. It can be ended from the day after its last."),
    ),
    "campaign_unknown": (_("There is no such campaign. Look for it in the list of campaigns."),),
    "campaign_wrong": (
        _("The campaign's %(field)s cannot be taken as it is. Correct it and try again."),
        _("Something in the campaign cannot be taken as it is. Correct it and try again."),
    ),
    "claim_unknown": (_("A claim that was chosen is not one of this campaign. Choose again from the list."),),
    "claims_missing": (_("No claim was chosen. Choose at least one."),),
    "claims_open": (
        _("Claims of this campaign are still open: %(count)s. Settle them before ending it."),
        _("Claims of this campaign are still open. Settle them before ending it."),
    ),
    "credit_rule_unknown": (
        _("%(rule)s is no rule for the date of credit. The rules are listed in the description of the table."),
        _("A rule for the date of credit is not known. The rules are listed in the description of the table."),
    ),
    "engine_out_of_memory": (
        _(
            "The engine duckdb needs more than the %(memory_bytes)s it was given. Give it more memory, or use "
            "the engine local."
        ),
        _("The engine duckdb needs more memory than it was given. Give it more, or use the engine local."),
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
    "exclusion_open": (
        _("The store %(store)s is excluded already, or somebody has proposed it. Look at the list of exclusions."),
        _("This store is excluded already, or somebody has proposed it. Look at the list of exclusions."),
    ),
    "exclusion_unknown": (_("There is no such exclusion. Look for it in the campaign's list."),),
    "explanation_differs": (
        _(
            "What the rules give now is not what the run says of this payment (%(field)s). The files are not "
            "those of the run."
        ),
        _("What the rules give now is not what the run says of this payment. The files are not those of the run."),
    ),
    "fee_above_limit": (
        _(
            "These fees are above 3.25 per cent of the takings, so nothing is borne of them. Check the fee and the "
            "takings that were told."
        ),
    ),
    "fee_wrong": (_("Fees and takings cannot be below zero. Check what was told."),),
    "fees_not_supported": (_("This campaign bears no merchants' fees, so none are reported."),),
    "file_kind_unknown": (
        _("%(name)s is neither CSV nor Parquet. Send a file whose name ends in .csv or .parquet."),
        _("The file is neither CSV nor Parquet. Send a file whose name ends in .csv or .parquet."),
    ),
    "hold_unknown": (_("There is no such payment on hold. Look for it in the campaign's list."),),
    "holds_columns_missing": (_("The table of payments on hold has no column payment_id."),),
    "life_wrong": (
        _("This report of points cannot be true: look at its %(field)s, beside the report before."),
        _("This report of points cannot be true. Compare it with the report before."),
    ),
    "memory_too_small": (_("That is too little memory for a run. Give at least 32 MiB."),),
    "memory_unreadable": (_("An amount of memory is written like 512MiB or 2GiB."),),
    "month_outside": (_("This month is not one of the campaign's. Choose one of its months."),),
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
    "payment_not_in_run": (
        _("The payment %(payment_id)s is not in this run. Check the number, or whether its file came later."),
        _("This payment is not in the run. Check the number, or whether its file came later."),
    ),
    "payments_column_type": (
        _("The column %(column)s of the payments holds %(type)s, which cannot be read as what it should be."),
        _("A column of the payments cannot be read as what it should be."),
    ),
    "payments_columns_missing": (
        _("A file of payments lacks columns: %(missing)s."),
        _("A file of payments lacks columns."),
    ),
    "payments_file_unknown": (_("There is no such file of payments. Look for it in the list of files."),),
    "payments_file_withdrawn": (_("This file has been taken back already. Nothing was changed."),),
    "payments_missing": (_("There are no payments under the names given: no Parquet and no CSV file."),),
    "payments_none": (
        _("No row of the file is a payment or refund that could be taken. Compare its columns with the description."),
    ),
    "place_wrong": (
        _("Row %(row)s of the places cannot be taken: look at its %(field)s."),
        _("A row of the places cannot be taken."),
    ),
    "places_columns_missing": (
        _("The table of places lacks columns: %(missing)s."),
        _("The table of places lacks columns."),
    ),
    "provider_not_in_campaign": (_("No service of this provider takes part in the campaign."),),
    "purchase_wrong": (
        _("Purchase %(purchase)s cannot be reckoned with: look at its %(field)s."),
        _("A purchase cannot be reckoned with. Check the amount, the rate and the day."),
    ),
    "report_differs": (
        _("Other figures are reported for that day already. Report the corrected figures as of a later day."),
    ),
    "run_not_approved": (_("No run of this campaign has been approved yet. This is possible once one is."),),
    "run_open": (_("Another run of this campaign is waiting or being decided on. Finish it first."),),
    "run_unknown": (_("There is no such run. Look for it in the campaign's list of runs."),),
    "runs_differ_in_ids": (
        _(
            "In one of the runs ids are numbers and in the other they are text, so no payment would be found in both. "
            "Compute the earlier run again from the same files."
        ),
    ),
    "service_not_in_campaign": (_("This service does not take part in the campaign. Choose one that does."),),
    "service_not_yours": (
        _("The file has payments with services that are not yours: %(services)s. Send only your own."),
        _("The file has payments with services that are not yours. Send only your own."),
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
    "services_missing": (_("The campaign names no service yet. Add at least one, then propose it."),),
    "share_wrong": (_("A share lies between 0 and 100 per cent."),),
    "spark_missing": (
        _("The engine spark needs %(missing)s on this machine. Install it or choose another engine."),
        _("The engine spark is not complete on this machine. Install what is missing or choose another engine."),
    ),
    "step_not_possible": (
        _("This cannot be done in the state in which it is now. Somebody else may have been faster; look at it again."),
    ),
    "store_not_in_campaign": (
        _("The store %(store)s takes no part in this campaign. Check the number."),
        _("This store takes no part in the campaign. Check the number."),
    ),
    "suspicion_rules_wrong": (
        _("The rule %(rule)s for suspicious payments cannot be taken as it is: look at its %(field)s."),
        _("A rule for suspicious payments cannot be taken as it is."),
    ),
    "terminals_not_supported": (_("This campaign bears no part of what terminals cost, so none are reported."),),
    "what_if_needs_enrolments": (_("For this question the run's enrolments are needed: name their file."),),
    "what_if_wrong": (
        _("This question cannot be reckoned with: look at its %(field)s."),
        _("This question cannot be reckoned with. Check the rate and the caps."),
    ),
}
