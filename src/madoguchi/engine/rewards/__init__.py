"""What every payment of a reward campaign earns, exact to the yen, for a town or a nation (P-01 … P-47)."""

from madoguchi.engine.rewards.adjusting import Difference, compare
from madoguchi.engine.rewards.campaign import Campaign, FurtherCap, programme_2019, read_campaign
from madoguchi.engine.rewards.credit import credit_date
from madoguchi.engine.rewards.running import RunReport, run
from madoguchi.engine.rewards.services import Service, read_services, services_of_2019

__all__ = [
    "Campaign",
    "Difference",
    "FurtherCap",
    "RunReport",
    "Service",
    "compare",
    "credit_date",
    "programme_2019",
    "read_campaign",
    "read_services",
    "run",
    "services_of_2019",
]
