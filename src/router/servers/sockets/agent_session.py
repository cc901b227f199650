"""An agent's session: what each message is handed to, and what is answered when one is wrong."""

from websockets.frames import CloseCode

from router.engine.agents import NOT_ALLOWED
from router.engine.desks import Device
from router.engine.node import Node
from router.engine.refusals import refusal
from router.ports import StoreUnavailable
from router.protocol import agent as wire
from router.protocol.codec import BadMessage, read_agent
from router.servers.sockets.limits import Patience

BY_HAND = (wire.Typing, wire.Read, wire.Close, wire.Transfer, wire.Take)
"""Signs of life of the person. So are a choice of status and a message, of which the store knows by itself."""


class AgentSession:
    """One device, from its welcome to its end. Its messages are taken one after the other."""

    def __init__(self, node: Node, device: Device) -> None:
        self._node = node
        self._device = device
        self._patience = Patience()

    async def receive(self, payload: bytes) -> None:
        """Take one text message; answers, errors and the end go to the device."""
        device = self._device
        if device.agent not in device.live.site.agents:
            device.link.close(NOT_ALLOWED, "no agent of this site any more")
            return
        try:
            message = read_agent(payload)
        except BadMessage as bad:
            device.answer(bad.answer)
            if bad.answer.code == "bad_message" and self._patience.is_lost(self._node.clock.now()):
                device.link.close(CloseCode.POLICY_VIOLATION, "malformed messages")
            return
        try:
            await self._take(message)
        except StoreUnavailable:
            refused = {name: getattr(message, name, None) for name in ("client_msg_id", "conversation")}
            device.answer(refusal("retry", **refused))

    async def _take(self, message: wire.FromAgent) -> None:
        node, device = self._node, self._device
        if isinstance(message, BY_HAND):
            await node.agents.note_active(device)
        match message:
            case wire.SetStatus():
                await node.agents.choose(device, message)
            case wire.Say():
                await node.agent_conversations.say(device, message)
            case wire.Close():
                await node.agent_conversations.close(device, message)
            case wire.Transfer():
                await node.agent_conversations.transfer(device, message)
            case wire.Take():
                await node.agent_conversations.take(device, message)
            case wire.Typing():
                node.agent_conversations.type(device, message)
            case wire.Received() | wire.Read():
                node.agent_conversations.note_receipt(device, message)
            case wire.Resume():
                await node.holdings.resume(device, message)
            case wire.Visitors():
                if device.is_manager:
                    node.desks.watch(device, message.watch)
                    if message.watch:
                        await node.holdings.show_open(device)
                else:
                    device.answer(refusal("forbidden"))
            case wire.Ping():
                device.answer(wire.Pong())
