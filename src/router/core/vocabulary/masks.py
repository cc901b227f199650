"""Sets of engagement rules as integers: bit n is rule n of a ruleset, so that the lowest bit goes first."""


def lowest(mask: int) -> int:
    """Index of the first rule of a mask that is not empty."""
    return (mask & -mask).bit_length() - 1


def bits_of(mask: int) -> list[int]:
    """The indexes of the rules in a mask, in order."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found
