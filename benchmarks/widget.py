"""How much does a visitor of a shop load, and how soon does the server know of her?

    .venv/bin/python benchmarks/widget.py

Sizes are those of the built files with gzip. Times are those of Chromium on the pages of the demo shop, each
opened by somebody new: from the first step of the script to the frame that holds the first page event, and what the
widget does to the page in the seconds after.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright
from ports import free_port
from router_server import SERVE
from widget_sizes import for_everybody, parts

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu"]
RESULTS = Path(__file__).parent / "results" / "widget.json"

BEFORE_THE_PAGE = """
const { get } = Object.getOwnPropertyDescriptor(Document.prototype, "currentScript");
Object.defineProperty(document, "currentScript", {
  get() {
    const script = get.call(document);
    if (script?.src.endsWith("/widget.js")) performance.mark("script runs");
    return script;
  },
});
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (frame) {
  WebSocket.prototype.send = send;
  performance.mark("first frame");
  return send.call(this, frame);
};
"""
SEEN = """async seconds => {
  const [runs] = performance.getEntriesByName("script runs");
  const [sent] = performance.getEntriesByName("first frame");
  const entries = [];
  for (const type of ["layout-shift", "longtask"]) {
    new PerformanceObserver((list) => entries.push(...list.getEntries())).observe({ type, buffered: true });
  }
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const tasks = entries.filter(({ entryType }) => entryType === "longtask");
  return {
    ms: sent.startTime - runs.startTime,
    shift: entries.reduce((sum, { value = 0 }) => sum + value, 0),
    longest_task_ms: Math.max(0, ...tasks.map(({ duration }) => duration)),
  };
}"""


@contextmanager
def demo() -> Iterator[str]:
    """Address of a demo server of its own."""
    with tempfile.TemporaryDirectory(prefix="router-benchmark-") as data_dir:
        command = [*SERVE, "--demo", "--port", str(free_port())]
        environment = os.environ | {"ROUTER_DATA_DIR": data_dir}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            assert process.stdout is not None
            yield process.stdout.readline().split()[-1]
            process.terminate()


def visit(browser: Browser, address: str, seconds: float) -> dict[str, float]:
    """What somebody new sees of the widget on the shop's first page."""
    context = browser.new_context()
    context.add_init_script(BEFORE_THE_PAGE)
    page = context.new_page()
    page.goto(f"{address}/demo/")
    page.wait_for_function("performance.getEntriesByName('first frame').length")
    seen: dict[str, float] = page.evaluate(SEEN, seconds)
    context.close()
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visits", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=2)
    arguments = parser.parse_args()
    program = shutil.which("chromium")
    if program is None:
        sys.exit("chromium is not installed")
    with demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        seen = [visit(browser, address, arguments.seconds) for _ in range(arguments.visits)]
        browser.close()
    result: dict[str, Any] = {
        "bytes_for_everybody": for_everybody(),
        "bytes_of_parts": parts(),
        "first_page_event_ms": round(statistics.median(one["ms"] for one in seen), 1),
        "slowest_ms": round(max(one["ms"] for one in seen), 1),
        "longest_task_ms": max(one["longest_task_ms"] for one in seen),
        "layout_shift": max(one["shift"] for one in seen),
    }
    text = json.dumps(result, indent=2)
    RESULTS.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
