"""Registers the pages with Django: templates, tags and catalogues."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "madoguchi.web"
    label = "web"
