"""Expected payouts, fees, deposits, reconciliation and the town's books."""
