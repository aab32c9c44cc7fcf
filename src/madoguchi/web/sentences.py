"""What is said for each code of a refusal: what happened, and what to do."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from madoguchi.web.application_sentences import APPLICATION_SENTENCES
from madoguchi.web.opendata_sentences import OPENDATA_SENTENCES
from madoguchi.web.reward_sentences import REWARD_SENTENCES

# A code's sentences from the most to the least particular: the first is told whose facts the refusal brings along.
# The last needs no facts.
SENTENCES: dict[str, tuple[Promise, ...]] = {
    # Anywhere
    "not_allowed": (
        _(
            "Your role does not include this. "
            "If you need it for your work, ask whoever manages your organisation's users."
        ),
    ),
    "reason_missing": (_("Write down the reason; it is kept with the record."),),
    # Registry
    "place_unknown": (_("There is no such place. It may have been closed; look for it in the list of places."),),
    "purpose_unknown": (_("There is no such purpose. Choose from the list of purposes."),),
    "organisation_unknown": (
        _("There is no such organisation. Check the link, or look for it in the list of organisations."),
    ),
    "corporate_number_wrong": (
        _(
            "This is not a corporate number: it has 13 digits, of which the first checks the others. "
            "Compare it with the official record."
        ),
    ),
    "town_registered_already": (
        _(
            "This town is registered already. "
            "Add divisions and facilities to it as places instead of registering it again."
        ),
    ),
    "store_id_taken": (
        _(
            "The store identifier %(store_id)s is in use at another place. "
            "Check the identifier that the scheme's operator issued."
        ),
        _("This store identifier is in use at another place. Check the identifier that the scheme's operator issued."),
    ),
    "terms_missing": (
        _(
            "The provider %(provider)s has no terms in force on %(day)s. "
            "Ask the programme office to enter them, then try again."
        ),
        _("The provider has no terms in force on that day. Ask the programme office to enter them, then try again."),
    ),
    "key_unknown": (_("There is no such key. Check its identifier in the list of keys."),),
    "signing_key_unknown": (_("There is no such signing key. Look for it among the keys of the town's codes."),),
    "platform_secret_missing": (
        _("This platform has no secret of its own yet. Whoever runs it has to call `madoguchi setup` first."),
    ),
    "sheet_empty": (
        _("%(filename)s holds no place. Fill in at least one row below the head."),
        _("None of these codes can be printed. The list says for each what is missing; ask the programme's office."),
    ),
    "sheet_too_large": (
        _("%(filename)s holds more than %(limit_rows)s rows. Split it and send the parts."),
        _("%(filename)s is too large. Split it and send the parts."),
        _(
            "That would be %(count)s stickers; one file holds %(limit)s. "
            "Search for a part of the places, or print fewer copies."
        ),
        _("That is more than one file holds. Search for a part of the places, or print fewer copies."),
    ),
    "sheet_impossible": (
        _(
            "A sticker could not be drawn: a name or the list of services does not fit, or has a character that the "
            "font lacks. Print the places in parts to find out which, and tell the programme's office."
        ),
    ),
    "operator_code_wrong": (_("An operator's code has 1 to 32 digits and nothing else. Correct it."),),
    "operator_code_taken": (
        _("These digits stand for %(service)s at that time already. End that first, or choose other days."),
        _("These digits stand for another service at that time already. End that first, or choose other days."),
    ),
    "operator_code_unknown": (_("These digits stand for no service on that day. Check them in the list."),),
    "designation_missing": (
        _(
            "%(item)s cannot be taken here: no announced designation covers it today. "
            "Send the customer to the town's own counter."
        ),
        _(
            "This cannot be taken here: no announced designation covers it today. "
            "Send the customer to the town's own counter."
        ),
    ),
    # Counter
    "order_unknown": (_("There is no such order. Look for it in today's list at the till where it was made."),),
    "code_missing": (_("This place has no JPQR code for this payee yet. Ask the town's administrator to add one."),),
    "order_empty": (_("Nothing has been chosen. Choose at least one item."),),
    "order_too_large": (
        _("One order can have at most %(max_lines)s lines and %(max_order)s. Split it into several orders."),
    ),
    "quantity_wrong": (
        _("A number of pieces must be a whole number from 1 to %(limit)s. Correct it."),
        _("A number of pieces must be a whole number of at least 1. Correct it."),
    ),
    "item_not_offered": (_("This item is not offered here today. Load the list of items again."),),
    "price_changed": (
        _(
            "The price of %(item)s is now %(unit_yen)s. "
            "Load the list of items again and tell the customer the new amount."
        ),
        _("A price has changed. Load the list of items again and tell the customer the new amount."),
    ),
    "order_mixes_principals": (_("These items belong to different payees. Take them as one order for each payee."),),
    "taken_at_wrong": (
        _(
            "The time %(taken_at)s cannot be right for an order taken offline. "
            "Set this device's clock, then send it again."
        ),
        _("The time of an order taken offline cannot be right. Set this device's clock, then send it again."),
    ),
    "order_not_waiting": (
        _("This order no longer waits for its payment: it is “%(state)s”. Load it again to see how it stands."),
        _("This order no longer waits for its payment. Load it again to see how it stands."),
    ),
    "order_state_wrong": (
        _("This order is “%(state)s”, so this can no longer be done. Load it again to see how it stands."),
        _("The order has moved on, so this can no longer be done. Load it again to see how it stands."),
    ),
    "cash_short": (
        _("The cash is %(short_yen)s short. Ask for the rest, then enter what was given again."),
        _("The cash is not enough. Ask for the rest, then enter what was given again."),
    ),
    "order_not_cash": (
        _("This order was not paid in cash. Give the money back through its payment service, from the payment's page."),
    ),
    "day_closed": (
        _("The till's day of %(day)s is closed. Ask the accountant to open it again, or work in today's."),
        _("The till's day is closed. Ask the accountant to open it again, or work in today's."),
    ),
    "day_unknown": (_("There is no such day at this till. Check the date."),),
    "key_reused": (_("This form was used for something else already. Load the page again and enter it once more."),),
    "item_unknown": (_("There is no such fee item. Look for it in the fee schedule."),),
    "price_in_past": (
        _("A price cannot begin on %(starts_on)s: tills have sold on that day already. Choose a day from tomorrow on."),
        _("A price cannot begin on a day on which tills have sold. Choose a day from tomorrow on."),
    ),
    "day_not_open": (
        _("The till took nothing on %(day)s, so there is no day to close. Check the date."),
        _("There is no such day at this till. Check the date."),
    ),
    "orders_waiting": (
        _("Orders that still wait for their payment: %(count)s. Settle or close them first, then close the day."),
        _("Orders still wait for their payment. Settle or close them first, then close the day."),
    ),
    "count_wrong": (_("The count must be a whole number for each note and coin. Correct it."),),
    # Payments
    "payment_unknown": (_("There is no such payment. Check the number, or look for it in the list of payments."),),
    "payment_not_unmatched": (
        _("This payment has found its order or was booked in the meantime. Load it again to see how it stands."),
    ),
    "order_elsewhere": (_("The order was made at another code than the payment. Choose an order of the same code."),),
    "amount_differs": (
        _(
            "The order is for %(order_yen)s, the payment for %(payment_yen)s. "
            "Choose the order of the same amount, or refund the payment."
        ),
        _("The amounts of order and payment differ. Choose the order of the same amount, or refund the payment."),
    ),
    "amount_wrong": (_("The amount must be a whole number of yen of at least 1. Correct it."),),
    # Codes that customers show
    "shown_code_unreadable": (
        _(
            "This is not a code to pay with that can be read here. Turn Japanese input off, ask the customer to open "
            "the code in their payment app, and read it again."
        ),
    ),
    "shown_code_is_merchants": (
        _("This is a shop's code, such as the sticker at this counter. Read the code on the customer's screen."),
    ),
    "operator_unknown": (
        _("This code belongs to a payment service that is not known here. Ask for another service, or take cash."),
    ),
    "service_not_taken_here": (
        _("%(service)s is not taken at this counter today. Ask for another service, or take cash."),
        _("This payment service is not taken at this counter today. Ask for another service, or take cash."),
    ),
    "charge_running": (
        _(
            "The provider is being asked for this order's money at this moment. Wait for its answer on the order's "
            "page; it comes within a minute."
        ),
    ),
    "refund_exceeds_payment": (
        _("Only %(left_yen)s of this payment can still be refunded. Enter that much or less."),
        _("That is more than can still be refunded. Enter a smaller amount."),
    ),
    "refund_cut_off_passed": (
        _(
            "The provider took refunds of this payment until %(closed_at)s. "
            "Give the money back in cash or by transfer, as your rules say."
        ),
        _(
            "The provider no longer takes refunds of this payment. "
            "Give the money back in cash or by transfer, as your rules say."
        ),
    ),
    "refund_unknown": (_("There is no such refund of this payment. Check the number."),),
    "refund_amount_differs": (
        _("The amount differs from the refund that was asked for. The provider has to correct its notice."),
    ),
    "reference_reused": (
        _(
            "This reference was used before for other facts. "
            "The provider has to send a new notice with its own reference."
        ),
    ),
    "service_unknown": (_("There is no such payment service here. Check which services are connected."),),
    "receipt_not_ready": (
        _("This order is “%(state)s”, so it has no receipt yet. Wait for its payment."),
        _("This order has no receipt yet. Wait for its payment."),
    ),
    # Bank statements
    "file_too_large": (
        _("The file is larger than %(limit_bytes)s. Export a shorter period and send it in parts."),
        _("The file is too large. Export a shorter period and send it in parts."),
    ),
    "file_too_long": (
        _("The file has more than %(limit_rows)s rows. Export a shorter period and send it in parts."),
        _("The file has too many rows. Export a shorter period and send it in parts."),
    ),
    "file_empty": (_("The file holds no rows. Export the statement again and check the period."),),
    "file_undecodable": (
        _("The file is not text from byte %(offset)s on. Export it again as CSV in UTF-8 or Shift_JIS."),
        _("The file is not text. Export it again as CSV in UTF-8 or Shift_JIS."),
    ),
    "file_unreadable": (
        _("Row %(row)s cannot be read as CSV. Export the file again, or correct the quotation marks of that row."),
        _("The file cannot be read as CSV. Export it again."),
    ),
    "head_missing": (
        _("The first row must name the columns; these were not found: %(missing)s. Add them and send the file again."),
        _("The first row must name the columns. Add their names and send the file again."),
    ),
    "file_unknown": (_("There is no such file. Look for it in the list of statements that were read in."),),
    "file_not_readable": (
        _("The file %(file)s cannot be opened. Check its name and who may read it."),
        _("The file cannot be opened. Check its name and who may read it."),
    ),
    # Payouts and deposits
    "payout_unknown": (_("There is no such payout. Look for it in the list of payouts."),),
    "deposit_unknown": (_("There is no such deposit. Look for it in the list of deposits."),),
    "payout_not_open": (_("This payout expects no money any more. Choose another, or take the deposit off it first."),),
    "payout_taken": (
        _("Another deposit was given to this payout by hand. Take that one off first, or choose another payout."),
    ),
    "payout_state_wrong": (
        _("The payout has moved on, so this can no longer be done. Load it again to see how it stands."),
    ),
    "deposit_decided": (
        _("This deposit was decided on already. Take it off its payout first if the decision was wrong."),
    ),
    "deposit_not_booked": (_("This deposit is not booked to a payout, so there is nothing to take off."),),
    "deposit_not_differing": (
        _("This deposit no longer differs from its payout. Load it again to see how it stands."),
    ),
    "deposit_state_wrong": (
        _("The deposit has moved on, so this can no longer be done. Load it again to see how it stands."),
    ),
    "reason_kind_wrong": (_("Choose the kind of difference: a transfer fee, the provider's error, or another."),),
    "note_missing": (_("Write down what caused the difference; it is kept with the deposit."),),
    "day_not_over": (
        _("%(until)s is not over yet. Choose a day before today."),
        _("That day is not over yet. Choose a day before today."),
    ),
    "period_wrong": (_("The period ends before it begins. Correct the dates."),),
    "number_missing": (_("Write down the number of the rule, as the town announced it."),),
    "netting_rule_exists": (
        _("Another netting rule, %(number)s, begins on %(in_force_on)s. Choose another day, or use that rule."),
        _("Another netting rule begins on that day. Choose another day, or use that rule."),
    ),
    "netting_rule_missing": (
        _("A fee was taken out of receipts on %(due_on)s, and no netting rule was in force. Register the rule first."),
        _("A fee was taken out of receipts while no netting rule was in force. Register the rule first."),
    ),
    # The trial's made-up months
    "month_not_over": (
        _("The month %(month)s is not over yet. Choose an earlier one."),
        _("That month is not over yet. Choose an earlier one."),
    ),
    "month_in_use": (
        _("The month %(month)s already holds orders, the first on %(day)s. Choose another month."),
        _("That month already holds orders. Choose another one."),
    ),
    "payments_wrong": (
        _("The number of payments must be from 1 to %(limit)s. Correct it."),
        _("The number of payments must be at least 1. Correct it."),
    ),
    "demo_missing": (_("There are no trial places that could take payments. Set up the trial first."),),
    "not_demo": (_("This is only for organisations of the trial. Choose one of them."),),
    # Keys, numbers and messages to others
    "identifier_wrong": (
        _("%(identifier)s is not a number of ours. Look for a mistyped character."),
        _("This is not a number of ours. Look for a mistyped character."),
    ),
    "provider_unknown": (_("There is no such provider. Check its code in the list of providers."),),
    "direction_wrong": (_("This direction is not one of inbound and webhook. Choose one of them."),),
    "delivery_unknown": (_("There is no such message. Look for it in the list of messages sent."),),
    "delivery_not_repeatable": (
        _("This message was good for a minute only and is never sent again. The till asks anew with a fresh code."),
    ),
    "delivery_still_waiting": (
        _("This message has not finished; it will be tried again by itself. Nothing needs to be done."),
    ),
    # The command line
    "database_not_set_up": (_("This platform's tables are not there yet. Run `madoguchi setup` first."),),
    "file_unwritable": (_("The file could not be written. Choose another place or name; nothing there was changed."),),
    "key_file_unreadable": (_("This file holds no key. Give the file that `madoguchi jpqr new-key` wrote."),),
    "format_unknown": (_("There is no such format. Choose one of those that are offered."),),
    "option_missing": (_("A fact of the code is missing. Add the option that is named."),),
    "option_needs_amount": (_("This goes into a code for one payment only. Give the amount as well."),),
    "json_malformed": (
        _("This is not JSON in the shape expected. Check the line that is named; nothing was changed."),
    ),
    "rules_wrong": (
        _("These rules cannot be used. Correct the field that is named; the earlier rules stay in force."),
    ),
    **APPLICATION_SENTENCES,
    **REWARD_SENTENCES,
    **OPENDATA_SENTENCES,
}
OTHERWISE = _("This cannot be done as things stand. Load the page again and check what it shows.")

# Why a provider did not take a payment from a customer's code, and what the clerk can do; `ANSWERED_NO` for the rest.
CHARGE_ANSWERS = {
    "shown_code_unknown": _(
        "The service does not know this code. Ask the customer to show a fresh one, and read that."
    ),
    "shown_code_expired": _("The code had expired. Ask the customer to show a fresh one, and read that."),
    "shown_code_used": _(
        "The code had been used already. See whether the customer's screen shows a payment; if not, read a fresh code."
    ),
    "valid_until_passed": _("The request reached the service too late. Ask for a fresh code, and read that."),
    "balance_short": _("The customer's balance is not enough. Ask for another way to pay."),
}
ANSWERED_NO = _("Ask the customer what their screen says; read a fresh code, or take another way to pay.")

ORDER_STATES = {
    "open": _("waiting for payment"),
    "seen": _("seen on the customer's screen"),
    "paid": _("paid"),
    "cancelling": _("being refunded"),
    "cancelled": _("cancelled"),
    "abandoned": _("closed without payment"),
    "refunded_elsewhere": _("refunded by the provider"),
}
