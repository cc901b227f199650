"""The pages of the demo shop, made from the files of `config/demo/shop`: frames, texts and products in two languages.

Nothing is answered here.
"""

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import Literal

import msgspec

Language = Literal["fr", "en"]

OTHER: dict[Language, Language] = {"fr": "en", "en": "fr"}

ROOT = "/demo/"
"""Where paths of pages begin."""


class _Page(msgspec.Struct, frozen=True):
    """A page in one language; `body` names the page whose text it shows, where that is another."""

    path: str
    title: str
    body: str | None = None


class _ProductTexts(msgspec.Struct, frozen=True):
    path: str
    name: str
    summary: str
    description: str
    facts: list[str]


class _Product(msgspec.Struct, frozen=True):
    """What is sold; the price is in euros."""

    price: int
    texts: dict[Language, _ProductTexts]


class _Shop(msgspec.Struct, frozen=True):
    pages: dict[str, dict[Language, _Page]]
    products: dict[str, _Product]
    words: dict[Language, dict[str, str]]


def shop_pages(directory: Path) -> dict[str, str]:
    """All pages in both languages, by their path below `/demo/`."""
    maker = _Maker(directory)
    return {path: page for language in OTHER for path, page in maker.pages(language)}


def guide_pages(directory: Path) -> dict[Language, str]:
    """The page that explains what to try."""
    maker = _Maker(directory)
    return {language: maker.framed("guide.html", "guide", language) for language in OTHER}


class _Maker:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._shop = msgspec.yaml.decode((directory / "shop.yaml").read_bytes(), type=_Shop)

    def pages(self, language: Language) -> Iterator[tuple[str, str]]:
        for name, page in self._shop.pages.items():
            here, there = page[language], page[OTHER[language]]
            frame = {"title": here.title, "other_url": ROOT + there.path}
            yield here.path, self.framed("layout.html", here.body or name, language, frame)
        for name, product in self._shop.products.items():
            sold, there_sold = product.texts[language], product.texts[OTHER[language]]
            body = self._filled("product.html", self._common(language) | self._product(name, language))
            frame = {"title": escape(sold.name), "other_url": ROOT + there_sold.path, "body": body}
            yield sold.path, self._filled("layout.html", self._common(language) | frame)

    def framed(self, frame: str, body: str, language: Language, values: dict[str, str] | None = None) -> str:
        common = self._common(language) | (values or {})
        return self._filled(frame, common | {"body": self._filled(f"pages/{body}.{language}.html", common)})

    def _common(self, language: Language) -> dict[str, str]:
        """What every page can say: words, the address and title of each page, the products as cards and as data."""
        words, other = self._shop.words, OTHER[language]
        values = words[language] | {"lang": language, "other_lang": other, "other_language": words[other]["language"]}
        for name, page in self._shop.pages.items():
            values |= {f"{name}_url": ROOT + page[language].path, f"{name}_title": page[language].title}
        cards = (self._filled("card.html", self._product(name, language)) for name in self._shop.products)
        data = {
            name: {"name": sold.name, "url": ROOT + sold.path, "price": product.price}
            for name, product in self._shop.products.items()
            for sold in (product.texts[language],)
        }
        return values | {"cards": "".join(cards), "products": _as_json(data)}

    def _product(self, name: str, language: Language) -> dict[str, str]:
        product = self._shop.products[name]
        texts = product.texts[language]
        return {
            "id": name,
            "url": ROOT + texts.path,
            "name": escape(texts.name),
            "price_text": _euros(product.price, language),
            "summary": escape(texts.summary),
            "description": escape(texts.description),
            "facts": "".join(f"<li>{escape(fact)}</li>" for fact in texts.facts),
        }

    def _filled(self, file: str, values: Mapping[str, str]) -> str:
        """A file with its `$names` replaced; raise KeyError for one that has no value."""
        return Template((self._directory / file).read_text(encoding="utf-8")).substitute(values)


def _as_json(data: object) -> str:
    """Data for a script element, which nothing inside may end."""
    return msgspec.json.encode(data).decode().replace("<", "\\u003c")


def _euros(price: int, language: Language) -> str:
    """An amount as people of that language write it: thousands apart, with spaces that do not break."""
    return f"{price:,} €".replace(",", "\u202f").replace(" ", "\u00a0") if language == "fr" else f"€{price:,}"
