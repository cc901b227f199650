"""How the outside says no: it refuses a change, or it cannot be asked."""

from typing import Literal

from router.core.vocabulary.errors import OperatorError


class StoreUnavailable(OperatorError):
    """The store did not answer in time: the change may or may not have been made; try again later."""


class Refused(Exception):
    """The store refused a change, for one of the reasons of the wire contract."""

    def __init__(self, code: Literal["not_found", "conflict", "full", "not_available", "closed", "forbidden"]) -> None:
        super().__init__(code)
        self.code = code
