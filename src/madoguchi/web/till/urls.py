"""Pages of the till room."""

from django.urls import path

from madoguchi.web.till import checks, codes, days, offline, orders, payments, places, receipts

app_name = "till"
urlpatterns = [
    path("", places.places, name="places"),
    path("ping/", offline.ping, name="ping"),
    path("worker.js", offline.worker, name="worker"),
    path("<uuid:place_id>/", places.till, name="till"),
    path("<uuid:place_id>/offline/", offline.offline, name="offline"),
    path("<uuid:place_id>/orders/", orders.orders, name="orders"),
    path("<uuid:place_id>/unmatched/", payments.unmatched, name="unmatched"),
    path("<uuid:place_id>/float/", days.float_money, name="float"),
    path("<uuid:place_id>/close/", days.close, name="close"),
    path("<uuid:place_id>/days/<str:day>/", days.report, name="report"),
    path("<uuid:place_id>/days/<str:day>/report.pdf", days.report_pdf, name="report_pdf"),
    path("<uuid:place_id>/check/", checks.check, name="check"),
    path("<uuid:place_id>/codes/<uuid:code_id>.svg", codes.code_svg, name="code_svg"),
    path("<uuid:place_id>/codes/<uuid:code_id>.png", codes.code_png, name="code_png"),
    path("<uuid:place_id>/codes/<uuid:code_id>.pdf", codes.sticker_pdf, name="sticker_pdf"),
    path("orders/<uuid:order_id>/", orders.order, name="order"),
    path("orders/<uuid:order_id>/status/", orders.status, name="status"),
    path("orders/<uuid:order_id>/cash/", orders.cash, name="cash"),
    path("orders/<uuid:order_id>/charge/", orders.charge, name="charge"),
    path("orders/<uuid:order_id>/seen/", orders.seen, name="seen"),
    path("orders/<uuid:order_id>/abandon/", orders.abandon, name="abandon"),
    path("orders/<uuid:order_id>/return-cash/", orders.give_cash_back, name="return_cash"),
    path("orders/<uuid:order_id>/assign/", orders.assign, name="assign"),
    path("orders/<uuid:order_id>/receipt/", receipts.receipt, name="receipt"),
    path("orders/<uuid:order_id>/receipt.pdf", receipts.receipt_pdf, name="receipt_pdf"),
    path("payments/<uuid:payment_id>/", payments.payment, name="payment"),
    path("payments/<uuid:payment_id>/refund/", payments.refund, name="refund"),
]
