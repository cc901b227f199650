"""The widget stays small: what every visitor loads, and each part that is loaded when it is needed."""

import pytest

from benchmarks.widget_sizes import MOST_FOR_A_PART, MOST_FOR_EVERYBODY, for_everybody, parts
from router.servers.http.assets import FOLDER, NOT_BUILT


@pytest.fixture(autouse=True)
def built() -> None:
    if not FOLDER.exists():
        pytest.skip(NOT_BUILT)


async def test_what_every_visitor_loads_is_small() -> None:
    assert for_everybody() <= MOST_FOR_EVERYBODY


async def test_each_part_is_smaller_still() -> None:
    assert not {name: size for name, size in parts().items() if size > MOST_FOR_A_PART}
