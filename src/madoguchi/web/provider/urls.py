"""Pages of the provider room."""

from django.urls import URLPattern

app_name = "provider"
urlpatterns: list[URLPattern] = []
