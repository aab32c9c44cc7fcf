"""Tables as they were printed: read, resolved to official names, checked against their own sums (P-42 to P-44)."""

from madoguchi.engine.published.mapping import Mapping, Note, Reading, read_mapping
from madoguchi.engine.published.official import Official
from madoguchi.engine.published.problems import PROBLEMS, REASONS, Problem, Repair
from madoguchi.engine.published.reading import read_printed
from madoguchi.engine.published.table import PrintedRow, PrintedSum, PrintedTable

__all__ = [
    "PROBLEMS",
    "REASONS",
    "Mapping",
    "Note",
    "Official",
    "PrintedRow",
    "PrintedSum",
    "PrintedTable",
    "Problem",
    "Reading",
    "Repair",
    "read_mapping",
    "read_printed",
]
