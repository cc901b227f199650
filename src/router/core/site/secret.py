"""Secrets in a document: written `${NAME}`, read from the environment when the site is compiled, never stored."""

import re
from collections.abc import Mapping

from router.core.vocabulary.errors import OperatorError

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class MissingSecret(OperatorError):
    """A secret is written `${NAME}`, and the environment has no such name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"${{{name}}} is not set in the environment")
        self.name = name


def secret_name(written: str) -> str | None:
    """The name in `${NAME}`; None when the secret itself is written."""
    match = _REFERENCE.fullmatch(written)
    return match and match[1]


def secret_value(written: str | None, environment: Mapping[str, str]) -> str | None:
    """The secret that is meant; raise `MissingSecret` when its name is unset or empty."""
    if written is None:
        return None
    name = secret_name(written)
    if name is None:
        return written
    if not environment.get(name):
        raise MissingSecret(name)
    return environment[name]
