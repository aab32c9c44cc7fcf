"""Pages of the till room."""

from django.urls import URLPattern

app_name = "till"
urlpatterns: list[URLPattern] = []
