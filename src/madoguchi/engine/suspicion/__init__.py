"""Payments that look suspicious, each with the rule and the evidence, for a reward run to hold (issue 5)."""

from madoguchi.engine.suspicion.finding import COLUMNS, find
from madoguchi.engine.suspicion.rules import Rules, read_rules, rules_2019
from madoguchi.engine.suspicion.words import SENTENCES, sentence

__all__ = ["COLUMNS", "SENTENCES", "Rules", "find", "read_rules", "rules_2019", "sentence"]
