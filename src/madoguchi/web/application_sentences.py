"""What is said for each code of a refusal at the desk of applications: what happened, and what to do."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

APPLICATION_SENTENCES: dict[str, tuple[Promise, ...]] = {
    "application_unknown": (_("There is no such application. Check its number."),),
    "application_not_open": (_("This application can no longer be changed here. Load it again to see how it stands."),),
    "application_changed_elsewhere": (
        _(
            "This application was changed in another window or by somebody else since you opened it. What you "
            "entered is still here and has not been saved: load the other version, compare, then save again."
        ),
    ),
    "application_incomplete": (
        _(
            "%(count)s things are still missing. Each is named on the page “Check and send” with a link to where "
            "it is entered."
        ),
        _("Something is still missing. It is named on the page “Check and send”."),
    ),
    "application_not_submitted": (
        _("This application is not waiting for a decision. Load it again to see how it stands."),
    ),
    "application_not_accepted": (_("This application has not been accepted, so there is nothing to cancel."),),
    "application_stopped": (
        _("Screening found something that stops this application. Ask the applicant to correct it first."),
    ),
    "applied_item_unknown": (
        _("There is no such service at this place among what was applied for. Look for it in the list."),
    ),
    "applied_place_unknown": (_("There is no such place in this application. Look for it in the list of places."),),
    "applied_place_not_accepted": (
        _("This place's application has not been accepted yet, so it cannot have a store number."),
    ),
    "checker_is_maker": (_("You proposed this yourself. Somebody else has to confirm or decline it."),),
    "proposal_unknown": (_("There is no such proposal. Look for it in the list."),),
    "proposal_decided": (_("This proposal has been decided already. Load it again to see by whom and how."),),
    "proposal_open": (_("Something is being proposed for this already. It has to be confirmed or declined first."),),
    "not_the_maker": (_("Only who proposed this can take it back."),),
    "consent_refused": (
        _("Publication of name, address, phone, rate and services was refused. Without it a place cannot take part."),
    ),
    "copies_wrong": (
        _("The number of copies must be from 1 to %(limit)s. Correct it."),
        _("The number of copies is out of range. Correct it."),
    ),
    "document_unknown": (_("There is no such document. Look for it in the list."),),
    "document_deleted": (_("This document was deleted on its day, as announced. Its entry and checksum remain."),),
    "document_need_unknown": (_("This kind of document is not asked for here. Choose from the list."),),
    "too_many_begun": (
        _(
            "From this network %(limit)s applications were begun within an hour. Wait a while, then begin again; what "
            "was begun is still there."
        ),
        _("Too many applications were begun from this network. Wait a while, then begin again."),
    ),
    "too_many_documents": (
        _("An application holds at most %(limit)s documents. Remove one that is not needed."),
        _("This application holds as many documents as it can."),
    ),
    "too_many_places": (
        _("An application holds at most %(limit)s places. Use a further application for the others."),
        _("This application holds as many places as it can."),
    ),
    "field_missing": (
        _("A field that is needed is empty: %(field)s."),
        _("A field that is needed is empty."),
    ),
    "field_unknown": (
        _("There is no such field: %(field)s."),
        _("There is no such field."),
    ),
    "field_wrong": (
        _("This cannot be right: %(field)s. Look at the form that is asked for and correct it."),
        _("Something entered cannot be right. Look at the form that is asked for and correct it."),
    ),
    "formula_in_cell": (_("A text may not begin with = + - or @: a spreadsheet would run it. Take the sign away."),),
    "item_not_waiting": (_("This service no longer waits for that. Load it again to see how it stands."),),
    "keeps_terms_missing": (
        _("This service is in use there already. Say whether its old terms stay or a new contract is made."),
    ),
    "kit_waits_already": (_("Stickers for this place have been ordered already and wait to be posted."),),
    "place_without_code": (_("This place has no store number yet, so nothing can be printed for it."),),
    "place_has_number": (_("This place has another store number already."),),
    "store_id_malformed": (_("A store number has the form 0000000000000-0000-000000-000000 (13, 4, 6 and 6 digits)."),),
    "likeness_unknown": (_("There is no such pair. Look for it in the list."),),
    "likeness_decided": (_("This pair has been decided already. Load the list again."),),
    "merge_with_itself": (_("A place cannot be merged with itself."),),
    "merged_already": (_("One of these places stands for another already, or another for it. Take that apart first."),),
    "not_merged": (_("This place is not merged with another."),),
    "municipality_unknown": (_("There is no such municipality. Choose from the list."),),
    "resume_key_wrong": (
        _(
            "The number and the key do not belong together. Use the address in the e-mail, or check both for "
            "mistyped letters."
        ),
    ),
    "section_unknown": (_("There is no such part of an application."),),
    "text_missing": (_("Write something first."),),
    "text_too_long": (
        _("The text may have at most %(limit)s letters. Shorten it."),
        _("The text is too long. Shorten it."),
    ),
    "town_applied_already": (
        _(
            "This town has applied already, as %(reference)s. Add places to that application. For a second "
            "account or a designated manager, begin a linked application from its page."
        ),
        _("This town has applied already. Add places to that application."),
    ),
    "service_taken_already": (_("This place takes that service already."),),
    "sheet_has_macro": (_("The file carries macros. Save it as .xlsx without them, or as CSV."),),
    "sheet_locked": (_("The file is locked with a password. Save it without one."),),
    "sheet_unreadable": (_("This is no sheet that can be read. Save it as .xlsx or CSV."),),
    "sheet_head_missing": (
        _("These columns are missing: %(columns)s."),
        _("Columns are missing. Use the template."),
    ),
    "sheet_head_repeated": (
        _("These columns stand twice: %(columns)s."),
        _("A column stands twice."),
    ),
    "document_empty": (_("The file is empty. Choose it again."),),
    "document_too_large": (
        _("A document may have %(limit_mib)s MB. Make it smaller."),
        _("A document may have %(limit_pages)s pages. Split it."),
        _("A picture may have %(limit_megapixels)s megapixels. Make it smaller."),
        _("The document becomes too large when opened. Print it to a PDF anew."),
    ),
    "document_type_wrong": (
        _("The name ends in %(suffix)s, but the file is %(found)s. Rename it, or choose another."),
        _("PDF, JPEG, PNG and TIFF are taken. Save the document as PDF."),
    ),
    "document_has_macro": (_("The document carries macros. Save it as PDF."),),
    "document_locked": (_("The document is locked. Print it to a PDF without a password."),),
    "document_active": (
        _("The document holds something that would act when opened (%(found)s). Print it to a PDF anew."),
        _("The document holds something that would act when opened. Print it to a PDF anew."),
    ),
    "document_unreadable": (_("The document cannot be opened. Save or scan it again."),),
    "trade_unknown": (_("There is no such trade. Choose from the list."),),
    "entity_unknown": (_("There is no such kind of applicant. Choose from the list."),),
    "kit_empty": (_("There is nothing to print. Choose at least one place and one sheet that suits it."),),
    "kit_without_code": (
        _(
            "%(places)s: no store identifier has been issued (%(count)s places in all), so nothing was printed. "
            "Enter the identifier first, or leave these places out."
        ),
        _("A place has no store identifier yet, so nothing was printed."),
    ),
    "kit_wrong_parts": (
        _("There is no sheet called %(parts)s. Choose from the list."),
        _("There is no such sheet. Choose from the list."),
    ),
    "kit_wrong_copies": (
        _("Of each sheet, 1 to %(limit)s can be printed. Correct the number for %(parts)s."),
        _("The number of copies is out of range. Correct it."),
    ),
    "plan_unknown": (_("There is no such plan of this provider. Look for it in the list of plans."),),
    "plan_exists": (_("There is a plan of this name already. Change that one, or choose another name."),),
    "plan_begun": (
        _("What has begun stays as it is. Choose %(day)s or a later day."),
        _("What has begun stays as it is. Choose a later day."),
    ),
    "plan_ended": (
        _("This plan ended on %(day)s. Enter a new one instead."),
        _("This plan has ended. Enter a new one instead."),
    ),
    "fee_repeated": (_("Two fees begin on the same day. Correct one of the days."),),
    "brand_wrong": (
        _("There is no brand “%(brand)s”. Choose from the list."),
        _("There is no such brand. Choose from the list."),
    ),
    # Decisions of providers, and applications by program
    "starts_on_wrong": (
        _("The start must lie between the day on which the application was sent and two years from today."),
    ),
    "decisions_too_large": (
        _("A file of decisions holds at most %(limit)s rows and 1 MB. Send it in parts; nothing was done."),
        _("The file is too large. Send it in parts; nothing was done."),
    ),
    "decisions_unreadable": (
        _("Row %(row)s cannot be read as CSV. Correct its quotation marks, or save the file again; nothing was done."),
        _("The file cannot be read. Save it as CSV (UTF-8 or Shift_JIS) or JSON; nothing was done."),
    ),
    "decisions_empty": (_("No row has a decision. Write take, ask, approve or refuse into the column “decision”."),),
    "decisions_head_missing": (
        _("The first row must name the columns; these were not found: %(columns)s. Nothing was done."),
        _("The first row must name the columns. Nothing was done."),
    ),
    "decisions_column_unknown": (
        _("These columns are unknown or named twice: %(columns)s. Correct their names; nothing was done."),
        _("A column is unknown or named twice. Correct its name; nothing was done."),
    ),
    "account_missing": (_("This application names no account yet."),),
    "nothing_to_change": (_("That is how it stands already. Change something first, then propose it."),),
    "kits_too_many": (
        _("More than %(limit)s kits fit this filter. Choose a kind or prefecture, and print them in parts."),
        _("Too many kits fit this filter. Choose a kind or prefecture, and print them in parts."),
    ),
    "numbers_missing": (
        _("No row of the file has a store number. Fill in the column of store numbers, and read the file in again."),
    ),
    "numbers_too_many": (
        _("One file may bring %(limit)s numbers. Split it, and read the parts in one after the other."),
        _("One file may not bring so many numbers. Split it, and read the parts in one after the other."),
    ),
    "form_outdated": (_("This page is too old to be used. Load it again, and do it once more."),),
    "batch_empty": (_("There is nothing to do: the list is empty."),),
    "batch_too_large": (
        _("At most %(limit)s can be done at a time. Send them in parts; nothing was done."),
        _("That is too much at a time. Send it in parts; nothing was done."),
    ),
    "try_again": (_("The platform is busy. Send the same again in a moment; nothing will be doubled."),),
    "idempotency_key_missing": (_("The request needs an Idempotency-Key, a different one for each application."),),
    "idempotency_key_wrong": (
        _("The Idempotency-Key may have at most %(limit)s printable characters."),
        _("The Idempotency-Key cannot be used."),
    ),
    "applied_place_registered": (
        _("This place is in the registry already. What is written of it is corrected by the office."),
    ),
    "column_missing": (
        _("The file has no column %(column)s. It needs %(needed)s."),
        _("The file lacks a column."),
    ),
    "column_type_wrong": (
        _("The column %(column)s holds %(type)s, which is not what is asked for."),
        _("A column holds something else than what is asked for."),
    ),
    "registration_id_missing": (
        _("%(rows)s rows have no registration_id."),
        _("Rows have no registration_id."),
    ),
    "registration_id_repeated": (
        _("The registration_id %(registration_id)s stands on more than one row."),
        _("A registration_id stands on more than one row."),
    ),
    "registration_fact_missing": (
        _("%(rows)s rows have nothing in the column %(column)s."),
        _("Rows lack something that is needed."),
    ),
    "file_not_parquet": (_("The file is no Parquet that can be read."),),
    "linkage_level_untrained": (
        _(
            "The model of the linkage is incomplete at %(comparison)s, so nothing was written. "
            "Tell whoever looks after the platform."
        ),
        _("The model of the linkage is incomplete, so nothing was written. Tell whoever looks after the platform."),
    ),
}
