"""How an approved loan may be paid out."""

import pytest

from loans.disbursements.model import require_way
from loans.rule_broken import RuleBroken


def test_money_has_a_bank_reference_and_goods_are_described():
    require_way("bank", "PAY 1", None)
    require_way("in_kind", None, {"description": "Motorbike"})
    require_way("in_kind", "PAY 1", {"description": "Motorbike"})
    for method, reference, asset, code in [
        ("bank", None, None, "bank_reference_missing"),
        ("bank", "PAY 1", {"description": "Motorbike"}, "asset_with_bank"),
        ("in_kind", "PAY 1", None, "asset_missing"),
    ]:
        with pytest.raises(RuleBroken, match=code):
            require_way(method, reference, asset)
