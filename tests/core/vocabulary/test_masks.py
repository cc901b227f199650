"""Sets of rules as integers: what is in them, in order."""

from hypothesis import given
from hypothesis import strategies as st

from router.core.vocabulary.masks import bits_of, lowest


@given(st.sets(st.integers(0, 3_000)))
def test_the_rules_of_a_mask_come_back_in_order(indexes: set[int]) -> None:
    mask = sum(1 << index for index in indexes)
    assert bits_of(mask) == sorted(indexes)
    if indexes:
        assert lowest(mask) == min(indexes)
