"""Pages for businesses that want to join."""

from django.urls import path

from madoguchi.web.merchant import eligibility

app_name = "merchant"
urlpatterns = [
    path("shop/eligibility/", eligibility.eligibility, name="eligibility"),
]
