"""Catalogue, downloads and how to load them."""

from django.urls import path, re_path

from madoguchi.web.opendata import files, how_to, pages

app_name = "opendata"
VERSION = r"(?P<dataset>[-a-z0-9_]+)/(?P<version>[-0-9A-Za-z]+)/"
urlpatterns = [
    path("", pages.catalogue, name="catalogue"),
    path("catalog.jsonld", pages.catalogue_file, name="catalogue_file"),
    path("how-to/", how_to.how_to, name="how_to"),
    path("<slug:dataset>/", pages.dataset, name="dataset"),
    re_path(rf"^{VERSION}checksums\.txt$", files.checksums, name="checksums"),
    re_path(rf"^{VERSION}(?P=dataset)\.(?P<kind>csv|parquet|geojson)$", files.file, name="file"),
]
