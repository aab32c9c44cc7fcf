"""What every payment of a reward campaign earns, exact to the yen, for a town or a nation (P-01 … P-47)."""

from madoguchi.engine.rewards.adjusting import Difference, compare
from madoguchi.engine.rewards.calculator import Purchase, Reward, reward_of
from madoguchi.engine.rewards.campaign import Campaign, FurtherCap, programme_2019, read_campaign
from madoguchi.engine.rewards.credit import credit_date
from madoguchi.engine.rewards.explaining import Explanation, Step, explain
from madoguchi.engine.rewards.explaining_words import sentence
from madoguchi.engine.rewards.running import RunReport, run
from madoguchi.engine.rewards.services import Service, read_services, services_of_2019
from madoguchi.engine.rewards.what_if import WhatIf, what_if

__all__ = [
    "Campaign",
    "Difference",
    "Explanation",
    "FurtherCap",
    "Purchase",
    "Reward",
    "RunReport",
    "Service",
    "Step",
    "WhatIf",
    "compare",
    "credit_date",
    "explain",
    "programme_2019",
    "read_campaign",
    "read_services",
    "reward_of",
    "run",
    "sentence",
    "services_of_2019",
    "what_if",
]
