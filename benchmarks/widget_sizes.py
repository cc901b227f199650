"""What a shop's visitor loads of the widget, in bytes with gzip, and how much it may be."""

import gzip

from router.servers.http.assets import FOLDER

WIDGET = "widget"
WORDS = ("english", "french")
"""Parts of which every visitor needs one."""

MOST_FOR_EVERYBODY = 12_000
MOST_FOR_A_PART = 6_000


def for_everybody() -> int:
    """What each visitor loads, in the language with the longest words."""
    sizes = _sizes()
    return sizes[WIDGET] + max(sizes[language] for language in WORDS)


def parts() -> dict[str, int]:
    """What is loaded when it is needed, by the name of the part."""
    return {name: size for name, size in _sizes().items() if name != WIDGET}


def _sizes() -> dict[str, int]:
    """By name, without the fingerprint."""
    files = sorted((FOLDER / "widget").glob("*.js"))
    return {path.stem.partition("-")[0]: len(gzip.compress(path.read_bytes())) for path in files}
