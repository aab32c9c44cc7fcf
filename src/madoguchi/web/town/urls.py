"""Pages of the town room."""

from django.urls import URLPattern

app_name = "town"
urlpatterns: list[URLPattern] = []
