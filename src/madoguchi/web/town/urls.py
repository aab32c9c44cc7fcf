"""Pages of the town room."""

from django.urls import path

from madoguchi.web.town import (
    books,
    days,
    deposits,
    home,
    payments,
    payouts,
    sales,
    setup,
    unmatched,
)

app_name = "town"
urlpatterns = [
    path("", home.home, name="home"),
    path("running/", home.running, name="running"),
    path("sales/", sales.sales, name="sales"),
    path("sales/sales.<str:kind>", sales.sales_file, name="sales_file"),
    path("payments/<uuid:payment_id>/", payments.payment, name="payment"),
    path("payments/<uuid:payment_id>/memo/", payments.memo, name="memo"),
    path("payments/<uuid:payment_id>/trace/", payments.trace, name="trace"),
    path("unmatched/", unmatched.unmatched, name="unmatched"),
    path("unmatched/<uuid:payment_id>/", unmatched.clear, name="clear"),
    path("unmatched/<uuid:payment_id>/assign/", unmatched.assign, name="assign"),
    path("unmatched/<uuid:payment_id>/book/", unmatched.book, name="book"),
    path("unmatched/<uuid:payment_id>/refund/", unmatched.refund, name="refund"),
    path("settlement/", payouts.settlement, name="settlement"),
    path("settlement/payouts/<uuid:payout_id>/", payouts.payout, name="payout"),
    path("settlement/payouts/<uuid:payout_id>/lines.<str:kind>", payouts.payout_lines, name="payout_lines"),
    path("settlement/deposits/", deposits.deposit_list, name="deposits"),
    path("settlement/files/<uuid:file_id>/", deposits.deposit_file, name="deposit_file"),
    path("settlement/files/<uuid:file_id>/rows.<str:kind>", deposits.bad_rows, name="bad_rows"),
    path("settlement/deposits/<uuid:deposit_id>/", deposits.deposit, name="deposit"),
    path("settlement/deposits/<uuid:deposit_id>/assign/", deposits.assign, name="deposit_assign"),
    path("settlement/deposits/<uuid:deposit_id>/resolve/", deposits.resolve, name="deposit_resolve"),
    path("settlement/deposits/<uuid:deposit_id>/set-aside/", deposits.set_aside, name="deposit_set_aside"),
    path("settlement/deposits/<uuid:deposit_id>/release/", deposits.release, name="deposit_release"),
    path("settlement/books/", books.books, name="books"),
    path("settlement/books/rule/", books.netting_rule, name="netting_rule"),
    path("settlement/books/journal.<str:kind>", books.books_file, name="books_file"),
    path("days/", days.days, name="days"),
    path("days/<uuid:till_day_id>/", days.day, name="day"),
    path("days/<uuid:till_day_id>/reopen/", days.reopen, name="reopen"),
    path("setup/", setup.setup, name="setup"),
    path("setup/items/<uuid:item_id>/price/", setup.price, name="price"),
]
