"""What a replay prints: plain lines where nobody looks at a terminal, and the table at the end."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from router.replay import show, visitor
from router.replay.replay import Options, ReplayError
from tests.replay.shop_server import open_shop

LINES = [
    f'192.0.2.{number} - - [03/Mar/2026:10:00:00 +0100] "GET /a HTTP/1.1" 200 1 "-" "Mozilla/5.0 (X11)"\n'
    for number in range(20)
]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "access.log"
    path.write_text("".join(LINES))
    return path


async def missed() -> dict[str, int]:
    return {"missed absent": 3, "missed busy": 1}


@pytest.mark.parametrize("terminal", [True, False])
async def test_the_table_is_printed_whole(log: Path, terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitor, "ENGAGES", {})
    monkeypatch.setattr(show, "LOOK_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(show, "LINE_EVERY_SECONDS", 0.01)
    out = io.StringIO()
    async with open_shop() as shop:
        options = Options(log=log, url=shop.url, site="shop", visitors=10)
        await show.show_replay(options, shop.ticket, missed, Console(file=out, force_terminal=terminal, width=40))
    text = out.getvalue()
    assert "of 20 visits" in text
    for line in ("page events: 20", "visits: 20", "missed absent: 3", "missed busy: 1"):
        assert f"{line}\n" in text


async def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    out = io.StringIO()
    async with open_shop() as shop:
        options = Options(log=tmp_path / "absent.log", url=shop.url, site="shop")
        with pytest.raises(ReplayError):
            await show.show_replay(options, shop.ticket, console=Console(file=out))
    assert out.getvalue() == ""
