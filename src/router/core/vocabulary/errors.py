"""The one kind of error that people other than programmers see."""


class OperatorError(Exception):
    """Something that whoever runs the server can mend; the message is one sentence for that person."""
