"""Home, signing in and out, language."""

from django.urls import URLPattern

app_name = "public"
urlpatterns: list[URLPattern] = []
