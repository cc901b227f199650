"""A socket that waits for its welcome."""

from router.engine.links import EarlyLink


class Recorder:
    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closed: tuple[int, str] | None = None

    def send(self, payload: bytes) -> None:
        self.sent.append(payload)

    def close(self, code: int, reason: str = "") -> None:
        self.closed = (code, reason)


def test_what_came_early_follows_the_welcome_and_messages_that_it_told_are_left_out() -> None:
    socket = Recorder()
    early = EarlyLink(socket)
    early.send(b"state")
    for seq in (2, 3, 4):
        early.keep_message("c1", seq, b"message %d" % seq)
    early.keep_message("c2", 1, b"message of another")
    assert socket.sent == []
    assert early.open(b"welcome", b"resumed", told={"c1": 3}) is socket
    assert socket.sent == [b"welcome", b"resumed", b"state", b"message 4", b"message of another"]


def test_the_end_of_a_conversation_is_not_told_to_whom_its_beginning_is_not() -> None:
    socket = Recorder()
    early = EarlyLink(socket)
    early.keep_message("ended meanwhile", 4, b"message 4")
    early.keep_message("begun meanwhile", 1, b"message 1")
    early.keep_message("begun meanwhile", 3, b"message 3, after a note")
    early.open(b"welcome", told={})
    assert socket.sent == [b"welcome", b"message 1", b"message 3, after a note"]


def test_messages_that_are_kept_elsewhere_do_not_follow_the_welcome() -> None:
    socket = Recorder()
    early = EarlyLink(socket)
    early.send(b"state")
    early.keep_message("c1", 2, b"message 2")
    assert early.take_messages() == [("c1", 2, b"message 2")]
    early.open(b"welcome", b"retry")
    assert socket.sent == [b"welcome", b"retry", b"state"]


def test_closing_early_closes_the_socket() -> None:
    socket = Recorder()
    EarlyLink(socket).close(1000, "the tab opened another socket")
    assert socket.closed == (1000, "the tab opened another socket")
