"""The whole story in the demo shop, with a visitor and two agents: from five seconds on Contact to the order.

The server is the one that `make demo` runs, without its replay.
"""

from typing import NamedTuple

import pytest
from playwright.async_api import Locator, Page, expect

from router.commands.demo import PASSWORD
from tests.browser.demo import Demo
from tests.browser.windows import Windows, assert_accessible, picture


class Words(NamedTuple):
    """Paths of the shop, what is said, and what stands on the screens of visitor and agents."""

    question: str
    answer: str
    more: str

    contact: str
    bicycle: str
    invitation: str
    accept: str
    message: str
    is_with_you: str
    thanks: str
    very_good: str
    send: str
    minimise: str
    add: str
    check_out: str
    name: str
    email: str
    address: str
    pay: str
    password: str
    my_status: str
    online: str
    came_by: str
    reply: str
    transfer: str
    close: str
    sale: str
    closed: str
    satisfaction: str


WORDS = {
    "fr": Words(
        question="Le 20 pouces convient-il à sept ans ?",
        answer="Jusqu’à 135 cm, oui. Jules connaît bien ce modèle.",
        more="Et nous le reprenons quand il est trop petit.",
        contact="/demo/contact",
        bicycle="/demo/velos/enfant-20",
        invitation="Un doute ?",
        accept="Volontiers",
        message="Votre message",
        is_with_you="est avec vous.",
        thanks="Merci de votre avis.",
        very_good="Très bien",
        send="Envoyer",
        minimise="Réduire la discussion",
        add="Ajouter au panier",
        check_out="Commander",
        name="Nom",
        email="Courriel",
        address="Adresse",
        pay="Payer",
        password="Mot de passe",
        my_status="Mon statut",
        online="En ligne",
        came_by="Venue par la règle « Five seconds on Contact » de la campagne « Demo shop »",
        reply="Réponse",
        transfer="Transférer",
        close="Clore",
        sale="Vente",
        closed="Cette conversation est close.",
        satisfaction="Satisfaction : 5 sur 5",
    ),
    "en": Words(
        question="Is the 20 inches good for a seven-year-old?",
        answer="Up to 135 cm, yes. Jules knows this model well.",
        more="And we take it back once outgrown.",
        contact="/demo/en/contact",
        bicycle="/demo/en/bikes/child-20",
        invitation="Not sure?",
        accept="Yes please",
        message="Your message",
        is_with_you="is with you.",
        thanks="Thank you for telling us.",
        very_good="Very good",
        send="Send",
        minimise="Minimise the chat",
        add="Add to cart",
        check_out="Check out",
        name="Name",
        email="E-mail",
        address="Address",
        pay="Pay",
        password="Password",
        my_status="My status",
        online="Online",
        came_by="Came by rule “Five seconds on Contact” of campaign “Demo shop”",
        reply="Reply",
        transfer="Transfer",
        close="Close",
        sale="Sale",
        closed="This conversation is closed.",
        satisfaction="Satisfaction: 5 of 5",
    ),
}


async def desk_online(demo: Demo, windows: Windows, name: str, language: str) -> Page:
    """The desk of somebody who logs in by the password that the demo shows, and is ready for work."""
    words = WORDS[language]
    page = await windows.open(f"{demo.address}/console/", language=language)
    await page.get_by_label("E-mail").fill(f"{name}@roueslibres.example")
    await page.get_by_label(words.password, exact=True).fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.get_by_role("combobox", name=words.my_status).select_option(label=words.online)
    await expect(page.get_by_role("banner").get_by_title(words.online, exact=True)).to_be_visible()
    return page


async def open_conversation(desk: Page, last_words: str) -> Locator:
    """Choose a conversation from the list; its messages."""
    await desk.get_by_role("listitem").get_by_role("link").filter(has_text=last_words).click()
    log = desk.get_by_role("log")
    await expect(log).to_contain_text(last_words)
    return log


async def write(page: Page, field: str, text: str) -> None:
    await page.get_by_role("textbox", name=field, exact=True).fill(text)
    await page.keyboard.press("Enter")


async def expect_answer(visitor: Page, name: str, words: Words, text: str) -> None:
    """The visitor's chat, once somebody has said that in it."""
    chat = visitor.get_by_role("dialog", name=name)
    await expect(chat.get_by_text(text, exact=True)).to_be_visible()
    await expect(chat.get_by_text(f"{name} {words.is_with_you}")).to_be_visible()


@pytest.mark.timeout(180)
@pytest.mark.parametrize("language", WORDS)
async def test_from_five_seconds_on_contact_to_the_order(demo: Demo, windows: Windows, language: str) -> None:
    words = WORDS[language]
    ines = await desk_online(demo, windows, "ines", language)
    visitor = await windows.open(f"{demo.address}{words.contact}", language=language)
    invitation = visitor.get_by_role("dialog", name=words.invitation)
    await expect(invitation).to_be_visible()
    await assert_accessible(visitor)
    await picture(visitor, f"story-{language}-1-invitation")

    await invitation.get_by_role("button", name=words.accept).click()
    await write(visitor, words.message, words.question)
    at_ines = await open_conversation(ines, words.question)
    await expect(at_ines).to_contain_text(words.came_by)
    await write(ines, words.reply, words.answer)
    await expect_answer(visitor, "Inès", words, words.answer)

    jules = await desk_online(demo, windows, "jules", language)
    await ines.get_by_role("button", name=words.transfer).click()
    await ines.get_by_role("dialog").get_by_role("button", name="Jules").click()
    at_jules = await open_conversation(jules, words.answer)
    await write(jules, words.reply, words.more)
    await expect_answer(visitor, "Jules", words, words.more)
    await picture(visitor, f"story-{language}-2-answered")
    await picture(jules, f"story-{language}-3-desk")

    await jules.get_by_role("button", name=words.close, exact=True).click()
    await jules.get_by_role("dialog").get_by_role("button", name=words.sale, exact=True).click()
    await expect(at_jules).to_contain_text(words.closed)
    chat = visitor.get_by_role("dialog")
    await chat.get_by_title(words.very_good, exact=True).click()
    await chat.get_by_role("button", name=words.send, exact=True).first.click()
    await expect(chat.get_by_text(words.thanks)).to_be_visible()
    await expect(at_jules).to_contain_text(words.satisfaction)
    await picture(visitor, f"story-{language}-4-rated")

    await chat.get_by_role("button", name=words.minimise).click()
    await buy(demo, visitor, words)
    assert (await demo.fact("closed"))["outcome"] == "sale"
    assert (await demo.fact("rated"))["score"] == 5
    transaction = await demo.fact("transaction")
    assert (transaction["amount"], transaction["currency"]) == (32_900, "EUR")


async def buy(demo: Demo, visitor: Page, words: Words) -> None:
    """Order a bicycle; the page after that reports it."""
    await visitor.goto(f"{demo.address}{words.bicycle}")
    await visitor.get_by_role("button", name=words.add).click()
    await visitor.locator(".cart").click()
    await visitor.get_by_role("link", name=words.check_out).click()
    await visitor.get_by_label(words.name, exact=True).fill("Léa")
    await visitor.get_by_label(words.email, exact=True).fill("lea@example.org")
    await visitor.get_by_label(words.address, exact=True).fill("1 rue du Test, Lyon")
    await visitor.get_by_role("button", name=words.pay, exact=True).click()
    await expect(visitor.locator("#order")).to_contain_text("RL-")
