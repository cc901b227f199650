"""What the commands share: options, settings, and ending with a sentence instead of a traceback."""

import os
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
import uvloop

from router.app import log_to_stderr
from router.core.vocabulary.errors import OperatorError
from router.settings import CONFIG_VARIABLE, Settings, SettingsError, load_settings, misspelt

Result = TypeVar("Result")

ConfigOption = Annotated[Path | None, typer.Option("--config", help="Settings, as in config/router.toml.")]
SiteOption = Annotated[str | None, typer.Option("--site", help="Key of the site; may be left out where there is one.")]
UserOption = Annotated[str, typer.Option("--user", help="E-mail of the person.")]


def settings_of(config: Path | None, *, defaults: Mapping[str, Any] | None = None, **chosen: Any) -> Settings:
    """The settings of a file and the environment, or the end of the program naming what is wrong."""
    for name in misspelt():
        typer.echo(f"warning: {name} is no setting of ours", err=True)
    if config is None and (named := os.environ.get(CONFIG_VARIABLE)):
        config = Path(named)
    try:
        return load_settings(config, defaults=defaults, **chosen)
    except SettingsError as error:
        fail(str(error))


def run(work: Coroutine[Any, Any, Result], *, log_level: str = "warning") -> Result:
    """Run a command to its end; what an operator can mend is one sentence."""
    log_to_stderr(log_level)
    try:
        return uvloop.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except OperatorError as error:
        fail(str(error))


def fail(message: str) -> NoReturn:
    """End with an error in words."""
    typer.echo(message, err=True)
    raise typer.Exit(1)
