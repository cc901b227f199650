"""Makes `visits.log`: two invented days of the demo shop's web server, in the combined log format.

Run it as `python config/demo/make_visits.py [FILE]`. Two runs make the same bytes: chance is seeded, and only its
`random()` is used, which stays the same from one Python to the next. Addresses are from the ranges that are reserved
for documentation; `make_places.py` says where they are.
"""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple, TypeVar
from urllib.parse import quote_plus

SEED = 20260312
FIRST_DAY = datetime(2026, 3, 12, tzinfo=UTC)
VISITS = 960
CRAWLERS = 90
HOST = "https://www.roueslibres.example"
BUSY_HOURS = (2, 1, 1, 0, 0, 1, 2, 5, 9, 12, 14, 13, 12, 13, 14, 13, 12, 14, 16, 17, 18, 15, 9, 4)
"""How many of a hundred or so visits begin in each hour of the day."""

Thing = TypeVar("Thing")


class Hit(NamedTuple):
    """One line of the log."""

    at: datetime
    address: str
    target: str
    status: int
    size: int
    referrer: str
    agent: str

    def line(self) -> str:
        """The line in the combined log format."""
        at = self.at.strftime("%d/%b/%Y:%H:%M:%S +0000")
        request = f"GET {self.target} HTTP/1.1"
        return f'{self.address} - - [{at}] "{request}" {self.status} {self.size} "{self.referrer}" "{self.agent}"\n'


class Chance(Random):
    """What the story needs of chance, by `random()` alone."""

    def among(self, things: Sequence[Thing]) -> Thing:
        """One of them, all equally likely."""
        return things[int(self.random() * len(things))]

    def weighted(self, things: Sequence[tuple[int, Thing]]) -> Thing:
        """One of them, by weight."""
        left = self.random() * sum(weight for weight, _ in things)
        for weight, thing in things:
            left -= weight
            if left < 0:
                return thing
        return things[-1][1]

    def between(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return least + int(self.random() * (most - least + 1))


_MOZILLA = "Mozilla/5.0 "
_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0"
_SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3"
BROWSERS = (
    (26, f"{_MOZILLA}(Windows NT 10.0; Win64; x64) {_CHROME} Safari/537.36"),
    (9, f"{_MOZILLA}(Windows NT 10.0; Win64; x64) {_CHROME} Safari/537.36 Edg/134.0.0.0"),
    (8, f"{_MOZILLA}(Windows NT 10.0; Win64; x64; rv:136.0) Gecko/20100101 Firefox/136.0"),
    (9, f"{_MOZILLA}(Macintosh; Intel Mac OS X 10_15_7) {_SAFARI} Safari/605.1.15"),
    (5, f"{_MOZILLA}(Macintosh; Intel Mac OS X 10_15_7) {_CHROME} Safari/537.36"),
    (3, f"{_MOZILLA}(X11; Ubuntu; Linux x86_64; rv:136.0) Gecko/20100101 Firefox/136.0"),
    (16, f"{_MOZILLA}(iPhone; CPU iPhone OS 18_3 like Mac OS X) {_SAFARI} Mobile/15E148 Safari/604.1"),
    (14, f"{_MOZILLA}(Linux; Android 10; K) {_CHROME} Mobile Safari/537.36"),
    (3, f"{_MOZILLA}(Linux; Android 14; SM-S921B) AppleWebKit/537.36 SamsungBrowser/27.0 Mobile Safari/537.36"),
    (3, f"{_MOZILLA}(iPad; CPU OS 17_6 like Mac OS X) {_SAFARI} Mobile/15E148 Safari/604.1"),
    (3, f"{_MOZILLA}(Linux; Android 13; SM-X200) {_CHROME} Safari/537.36"),
)
CRAWLING = (
    f"{_MOZILLA}(compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    f"{_MOZILLA}(compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    f"{_MOZILLA}(compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    f"{_MOZILLA}AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "curl/8.11.1",
    "-",
)

BIKES = (
    "ville-8", "ville-femme-3", "gravel-carbone", "pliant-express", "cargo-familial", "vtt-alpin", "enfant-20",
    "electrique-ville", "electrique-cargo", "electrique-trekking", "route-endurance", "vintage-hollandais",
)  # fmt: skip
PARTS = ("antivol-u", "casque-urbain", "sacoche-double", "pompe-a-pied", "eclairage-dynamo", "siege-enfant")
FRENCH = {
    "home": "/", "list": "/velos/", "bike": "/velos/", "part": "/accessoires/", "cart": "/panier",
    "checkout": "/commande", "thanks": "/commande/merci", "contact": "/contact", "returns": "/retours",
    "delivery": "/livraison", "workshop": "/atelier/rendez-vous", "size": "/aide/taille", "help": "/aide",
    "article": "/conseils/entretenir-sa-chaine", "companies": "/entreprises", "account": "/compte",
    "gifts": "/cadeaux", "jobs": "/emploi",
}  # fmt: skip
ENGLISH = {
    "home": "/en/", "list": "/en/bikes/", "bike": "/en/bikes/", "part": "/en/shop/", "cart": "/en/cart",
    "checkout": "/en/checkout", "thanks": "/en/checkout/thanks", "contact": "/en/contact", "returns": "/en/returns",
    "delivery": "/en/delivery", "workshop": "/en/workshop", "size": "/en/help/size", "help": "/en/help",
    "article": "/en/advice/care-for-your-chain", "companies": "/en/companies", "account": "/en/account",
    "gifts": "/en/gifts", "jobs": "/en/jobs",
}  # fmt: skip
STORIES = (
    (14, "home"),
    (12, "article"),
    (9, "home list bike"),
    (12, "list bike bike list bike bike"),
    (8, "bike size bike"),
    (10, "home list bike part cart"),
    (9, "bike cart delivery cart checkout thanks"),
    (6, "list bike bike bike cart checkout"),
    (6, "account returns contact"),
    (5, "home delivery contact"),
    (6, "home workshop"),
    (4, "article workshop contact"),
    (4, "home companies"),
    (4, "gifts part part cart checkout thanks"),
    (3, "help size bike"),
    (2, "home jobs"),
)
"""What people come for, by weight: the kinds of pages that they view."""

WORDS = {
    "home": ("roues libres", "magasin vélo", "les roues libres lyon"),
    "list": ("vélo de ville", "vélo électrique", "velo pliant", "comparatif vélo cargo"),
    "bike": ("vélo cargo familial prix", "vélo électrique trekking", "bike for the city", "vtt occasion"),
    "article": ("nettoyer chaîne vélo", "réparation dérailleur", "bike chain care"),
    "gifts": ("idée cadeau cycliste", "vélo cadeau noël"),
}
ENGINES = (
    (50, "https://www.google.{top}/"),
    (14, "https://www.google.{top}/search?q={words}"),
    (10, "https://www.bing.com/search?q={words}&form=QBLH"),
    (7, "https://duckduckgo.com/?q={words}"),
    (7, "https://www.ecosia.org/search?method=index&q={words}"),
    (7, "https://www.qwant.com/?q={words}&t=web"),
    (3, "https://fr.search.yahoo.com/search?p={words}"),
)
WEBSITES = (
    (5, "https://velomag.example/essais/cargo-2026"),
    (2, "https://velomag.example/annuaire"),
    (3, "https://www.cyclingweekly.example/reviews/gravel"),
    (3, "https://forum.velotaf.example/viewtopic.php?t=4711"),
    (2, "https://www.facebook.com/"),
)
TAGS = (
    "?utm_source=newsletter&utm_medium=email&utm_campaign=printemps",
    "?utm_source=google&utm_medium=cpc&utm_term=v%C3%A9lo+%C3%A9lectrique&gclid=CjwKdemo",
)
ASSETS = (("/static/style.css", 18_204), ("/static/shop.js", 41_733), ("/images/bandeau.png", 88_120))


def visitor_address(chance: Chance) -> tuple[str, bool]:
    """An address of a documentation range, and whether its place speaks French."""
    network = chance.weighted(((70, "192.0.2."), (14, "198.51.100."), (12, "203.0.113."), (10, "2001:db8:")))
    if network == "2001:db8:":
        half = chance.weighted(((5, 0x0000), (2, 0x4000), (2, 0x8000), (1, 0xC000)))
        return f"{network}{half + chance.between(0, 0x3FFF):x}::{chance.between(1, 0xFFFF):x}", half < 0x8000
    return f"{network}{chance.between(1, 254)}", not network.startswith("203.")


def came_from(chance: Chance, first: str, french: bool) -> tuple[str, str]:
    """The referrer of the first page, and the campaign tag of its address."""
    kind = chance.weighted(((45, "search"), (33, "direct"), (14, "website"), (8, "campaign")))
    if kind == "search":
        words = quote_plus(chance.among(WORDS.get(first, WORDS["home"])))
        top = chance.weighted(((8, "fr"), (1, "be"), (1, "ch"))) if french else chance.among(("com", "co.uk", "de"))
        return chance.weighted(ENGINES).format(top=top, words=words), ""
    if kind == "website":
        return chance.weighted(WEBSITES), ""
    return "-", chance.among(TAGS) if kind == "campaign" else ""


def visit(chance: Chance) -> Iterator[Hit]:
    """The lines of one visit: its pages, and the pictures of the first."""
    address, french = visitor_address(chance)
    agent = chance.weighted(BROWSERS)
    at = beginning(chance)
    kinds = chance.weighted(STORIES).split()
    paths = FRENCH if french else ENGLISH
    referrer, tag = came_from(chance, kinds[0], french)
    for number, kind in enumerate(kinds):
        path = paths[kind]
        if kind in ("bike", "part"):
            path += chance.among(BIKES if kind == "bike" else PARTS)
        status = 304 if chance.random() < 0.06 else 200
        size = 0 if status == 304 else chance.between(9_000, 48_000)
        yield Hit(at, address, path + tag, status, size, referrer, agent)
        referrer, tag = HOST + path + tag, ""
        if number == 0:
            for asset, size in ASSETS[: chance.between(1, 3)]:
                yield Hit(at + timedelta(seconds=1), address, asset, 200, size, referrer, agent)
        at += timedelta(seconds=chance.between(6, 40) * chance.between(1, 6))


def crawl(chance: Chance) -> Iterator[Hit]:
    """The lines of a program that reads a few pages."""
    address, agent, at = visitor_address(chance)[0], chance.among(CRAWLING), beginning(chance)
    for kind in ("home", "list", "bike", "article")[: chance.between(1, 4)]:
        yield Hit(at, address, FRENCH[kind], 200, chance.between(9_000, 48_000), "-", agent)
        at += timedelta(seconds=chance.between(1, 9))


def beginning(chance: Chance) -> datetime:
    """When somebody comes: at any second of the two days, by the hours in which people shop."""
    hour = chance.weighted([(weight, hour) for hour, weight in enumerate(BUSY_HOURS)])
    return FIRST_DAY + timedelta(days=chance.between(0, 1), hours=hour, seconds=chance.between(0, 3_599))


def main(path: Path) -> None:
    """Write the log to `path`, in order of time."""
    chance = Chance(SEED)
    hits = [hit for _ in range(VISITS) for hit in visit(chance)]
    hits += [hit for _ in range(CRAWLERS) for hit in crawl(chance)]
    hits.sort(key=lambda hit: hit.at)
    path.write_text("".join(hit.line() for hit in hits), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("visits.log"))
