"""The platform's own statistics as datasets (P-42 … P-44)."""

from __future__ import annotations

from madoguchi.opendata import figure_coverage, figure_months, figure_places

DATASETS = (*figure_places.DATASETS, *figure_coverage.DATASETS, *figure_months.DATASETS)
