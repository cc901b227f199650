"""Whatever the fast path does not read, left to the `websockets` library: fragments, control frames, errors, closing.

Here: putting fragments together and refusing what is no text. The library does the rest. An instance exists only
while there is something unusual to read; it costs twenty times the memory of an idle connection.
"""

from collections.abc import Callable

from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol


class CarefulProtocol(ServerProtocol):
    """The library's server side of an open connection, made to deliver whole text messages."""

    def __init__(self, deliver: Callable[[bytes], None], max_message_bytes: int, unusual_frames_left: int) -> None:
        """Start between two frames; `deliver` gets each message, valid UTF-8, before the next frame is looked at.

        After `unusual_frames_left` control frames and fragments the connection closes with 1008.
        """
        super().__init__(state=OPEN, max_size=max_message_bytes)
        self.is_between_frames = True
        """No byte of a frame to come has been fed, and no message is half there: the fast path may read on."""
        self.unusual_frames_left = unusual_frames_left
        self._deliver = deliver
        self._fragments = bytearray()

    def receive(self, data: bytes) -> None:
        """Feed bytes of the stream; then ask for `data_to_send`."""
        self.is_between_frames = False
        self.receive_data(data)

    def recv_frame(self, frame: Frame) -> None:
        """Process one frame as the library does, then deliver the message that it completes.

        The library's parser calls this frame by frame, and makes a close code of what is raised here; so nothing that
        follows an error is looked at, wherever the stream was cut.
        """
        super().recv_frame(frame)
        self.events.clear()
        self.is_between_frames = self.current_size is None and not self.reader.buffer
        if frame.opcode is Opcode.TEXT and frame.fin:
            self._complete(bytes(frame.data))
            return
        self.unusual_frames_left -= 1
        if self.unusual_frames_left < 0:
            self.fail(CloseCode.POLICY_VIOLATION, "too many control frames or fragments")
        elif frame.opcode is Opcode.BINARY:
            self.fail(CloseCode.UNSUPPORTED_DATA, "text frames only")
        elif frame.opcode in (Opcode.TEXT, Opcode.CONT):
            self._fragments += frame.data
            if frame.fin:
                message = bytes(self._fragments)
                self._fragments.clear()
                self._complete(message)

    def _complete(self, message: bytes) -> None:
        if self.state is OPEN:  # else we are closing, and listen only for the answer to that
            message.decode()  # raises UnicodeDecodeError, close code 1007 to the library
            self._deliver(message)
