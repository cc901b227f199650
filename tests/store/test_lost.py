"""The store comes back without what it had acknowledged: what processes and clients still know is put back."""

import msgspec

from router.app import running
from tests.server.client import Agent
from tests.server.serving import Server
from tests.store.chat import Chat, begin, begin_with, until_ready
from tests.store.valkey import Valkey


async def generations(chat: Chat) -> set[str]:
    """All that the agent was told of this conversation."""
    heard = [each["conversation"] if each["type"] == "resumed" else each for each in chat.agent.heard]
    return {each["generation"] for each in heard if isinstance(each, dict) and "generation" in each}


async def told(chat: Chat) -> None:
    """Wait until both sides know everything: what no process has heard of, nobody can put back."""
    await chat.questions()
    await chat.answers()


async def until_put_back(server: Server, chat: Chat) -> None:
    """Both sides are told of a new generation."""
    await chat.agent.expect("resumed", recovered=False)
    await chat.visitor.expect("conversation", id=chat.id)
    await until_ready(server)


async def test_messages_that_the_store_lost_are_put_back_once(server: Server, valkey: Valkey) -> None:
    chat = await begin(server)
    await chat.answer("Good day")
    kept = valkey.written()
    await chat.ask("What was that?")
    await chat.answer("Nothing")
    await told(chat)
    before = await generations(chat)
    await valkey.kill()
    valkey.forget_since(kept)
    await valkey.start()
    await until_put_back(server, chat)
    await chat.ask("Really?")
    await chat.answer("Really.")
    assert await chat.questions() == ["Hello", "What was that?", "Really?"]
    assert await chat.answers() == ["Good day", "Nothing", "Really."]
    assert len(await generations(chat) - before) >= 1


async def test_two_processes_put_everything_back_once(server: Server, valkey: Valkey) -> None:
    async with (
        running(server.settings, server.archive) as other,
        Agent.connect(other.address, await server.ticket("ana")) as ana,
    ):
        await ana.expect("welcome")
        await ana.go("online")
        chat = await begin_with(server, ana)
        kept = valkey.written()
        await chat.ask("What was that?")
        await chat.answer("Nothing")
        await told(chat)
        await valkey.kill()
        valkey.forget_since(kept)
        await valkey.start()
        await until_put_back(server, chat)
        await chat.answer("Nothing, really")
        assert await chat.questions() == ["Hello", "What was that?"]
        assert await chat.answers() == ["Nothing", "Nothing, really"]
    messages = [fact["seq"] for fact in await server.facts("message") if fact["conversation"] == chat.id]
    assert messages == [1, 2, 3, 4]


async def test_a_conversation_that_the_store_lost_is_put_back_with_its_facts(server: Server, valkey: Valkey) -> None:
    ana = await server.online("ana")
    kept = valkey.written()
    chat = await begin_with(server, ana)
    await chat.answer("Good day")
    await told(chat)
    await valkey.kill()
    valkey.forget_since(kept)
    await valkey.start()
    await until_put_back(server, chat)
    await chat.ask("Still here?")
    assert await chat.questions() == ["Hello", "Still here?"]
    await chat.agent.end(chat.assigned)
    kinds = [fact["kind"] for fact in await server.facts() if fact.get("conversation") == chat.id]
    for once in ("contact", "assigned", "first_answer", "closed"):
        assert kinds.count(once) == 1


async def test_an_emptied_store_is_filled_again(server: Server, valkey: Valkey) -> None:
    chat = await begin(server)
    await chat.answer("Good day")
    await told(chat)
    await server.redis.flushall()
    await until_put_back(server, chat)
    await chat.ask("Still here?")
    await chat.answer("Of course")
    assert await chat.questions() == ["Hello", "Still here?"]
    assert await chat.answers() == ["Good day", "Of course"]
    await chat.agent.end(chat.assigned)
    after = await begin_with(server, chat.agent, "I am new")
    assert await after.questions() == ["I am new"]


async def test_forgotten_scripts_are_sent_again(server: Server) -> None:
    chat = await begin(server)
    await server.redis.script_flush()
    await chat.answer("Good day")
    await server.redis.script_flush()
    await chat.ask("Thanks")
    assert await chat.questions() == ["Hello", "Thanks"]


async def test_a_history_of_another_shape_is_read_as_far_as_it_can_be(server: Server) -> None:
    first = await server.visitor()
    welcome = await first.hello("/")
    await server.until_kept(welcome["visit"])
    await first.close()
    (key,) = [key async for key in server.redis.scan_iter("*:visitor:*")]
    odd = {"visits": 3, "last_activity": "yesterday", "data": {"segment": "vip", "cart_value": [1]}, "colour": "red"}
    await server.redis.hset(key, mapping={"seen": msgspec.json.encode(odd), "latest_visit": "none"})
    # Another process: it does not have the visit in memory.
    (live,) = server.sites.values()
    live.forget(next(iter(live.visits.values())))
    again = await server.visitor()
    assert (await again.hello("/", visitor=welcome["visitor"]))["visit"] != welcome["visit"]
    assert next(iter(live.visits.values())).arrival.visits == 4
