"""Holds beside the labels of a made-up month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pyarrow as pa

from tests.engine.suspicion.month import HONEST, Month

THIRDS = ("subtle", "middling", "blatant")


def judged(month: Month, held: pa.Table) -> Counter[str]:
    """For each kind of fraud, and for `all`, under `kind:…`: `fraud`, of it `found` by the kind's own rule and
    `found_by_any`, and `held` by the rule, of them `right` (fraud of any kind); `all:payments`; and by thirds of
    intensity `subtle:fraud`, `subtle:found` and so on.
    """
    kinds: Mapping[int, str] = month.kinds
    by_rule: dict[str, set[int]] = {}
    for payment_id, rule in zip(held["payment_id"].to_pylist(), held["rule"].to_pylist(), strict=True):
        by_rule.setdefault(rule, set()).add(payment_id)
    of_any = set().union(*by_rule.values())
    fraud = {payment_id: kind for payment_id, kind in kinds.items() if kind != HONEST}
    counts: Counter[str] = Counter({"all:payments": len(kinds)})
    for payment_id, kind in fraud.items():
        for name, found in ((kind, by_rule.get(kind, set())), ("all", of_any)):
            counts[f"{name}:fraud"] += 1
            counts[f"{name}:found"] += payment_id in found
            counts[f"{name}:found_by_any"] += payment_id in of_any
        third = THIRDS[min(int(month.intensities[payment_id] * 3), 2)]
        counts[f"{third}:fraud"] += 1
        counts[f"{third}:found"] += payment_id in of_any
    for name, found in {**by_rule, "all": of_any}.items():
        counts[f"{name}:held"] += len(found)
        counts[f"{name}:right"] += len(found & fraud.keys())
    return counts
