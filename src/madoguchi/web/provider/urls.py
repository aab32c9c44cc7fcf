"""Pages for a payment provider's staff."""

from django.urls import path

from madoguchi.web.provider import views

app_name = "provider"
urlpatterns = [
    path("", views.home, name="home"),
    path("deliveries/", views.deliveries, name="deliveries"),
    path("deliveries/<uuid:delivery_id>/", views.delivery, name="delivery"),
    path("deliveries/<uuid:delivery_id>/replay/", views.replay, name="replay"),
    path("notices/", views.notices, name="notices"),
    path("places/", views.places, name="places"),
    path("payouts/", views.payouts, name="payouts"),
]
