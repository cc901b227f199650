"""Site files against the archive: what `router check`, `apply`, `export`, `user add` and `api-key` do.

Nothing is printed and nobody is told here: the caller prints, and publishes that a configuration changed.
"""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from router.backends.archive.archive import Archive
from router.backends.archive.configurations import AppliedVersion
from router.core.site.check import has_errors, read_site
from router.core.site.compile import compile_site
from router.core.site.document import SiteDocument
from router.core.site.naming import agent_name
from router.core.site.problems import Problem, Severity
from router.core.site.site import Site
from router.core.site.written_values import read_email, read_name
from router.core.vocabulary.errors import OperatorError
from router.ports import Configurations
from router.protocol.site_file import FILE_SIZE, read_site_file, write_site_file

ONE_TIME_PASSWORD_BYTES = 16


class Finding(msgspec.Struct, frozen=True):
    """A problem of a file, with its line counted from 1."""

    line: int
    problem: Problem


class CheckReport(msgspec.Struct, frozen=True):
    """What a site file is worth; `document` is as written, None when the file is not even YAML."""

    path: str
    document: dict[str, Any] | None
    findings: list[Finding]

    @property
    def is_applicable(self) -> bool:
        """Tell whether the file can be applied: warnings do not forbid it."""
        return not has_errors(finding.problem for finding in self.findings)

    def lines(self, severity: Severity | None = None) -> list[str]:
        """One line a problem, `FILE:line: place: message`, in the order of the file; all, or one severity only."""
        return [
            ": ".join(
                part
                for part in (
                    f"{self.path}:{finding.line}",
                    finding.problem.severity if finding.problem.severity == "warning" else "",
                    finding.problem.place,
                    finding.problem.message,
                )
                if part
            )
            for finding in self.findings
            if severity in (None, finding.problem.severity)
        ]


class ConfigurationRefused(OperatorError):
    """A configuration with errors; `report` names them all."""

    def __init__(self, report: CheckReport) -> None:
        super().__init__("\n".join(report.lines("error")))
        self.report = report


class PersonRefused(OperatorError):
    """An e-mail address or a name that cannot be one."""


class UnknownSite(OperatorError):
    """No site has this key, or none was named where there is not exactly one."""


def check_file(path: Path, environment: Mapping[str, str]) -> CheckReport:
    """Read and check a site file; raise OSError when it cannot be read."""
    with path.open("rb") as file:
        content = file.read(FILE_SIZE + 1)
    written = read_site_file(content)
    problems = written.problems
    if written.data is not None or not problems:
        problems = problems + read_site(written.data, environment)[1]
    findings = [Finding(written.line_of(problem.place), problem) for problem in problems]
    findings.sort(key=lambda finding: finding.line)
    return CheckReport(str(path), written.data, findings)


async def apply_file(
    archive: Archive, path: Path, *, by: str, environment: Mapping[str, str], only_if_changed: bool = False
) -> AppliedVersion | None:
    """Apply a site file whole; raise `ConfigurationRefused` when it has an error.

    With `only_if_changed`, the file that was applied last is not applied again over edits made since: None.
    """
    return await apply_checked(archive, check_file(path, environment), by=by, only_if_changed=only_if_changed)


async def apply_checked(
    archive: Archive, report: CheckReport, *, by: str, only_if_changed: bool = False
) -> AppliedVersion | None:
    """Apply a file that was read and checked before, as `apply_file` does."""
    if not report.is_applicable or report.document is None:
        raise ConfigurationRefused(report)
    if only_if_changed and await archive.was_applied_last(report.document):
        return None
    return await archive.apply(report.document, by)


async def export_site(archive: Configurations, key: str | None = None) -> str:
    """The configuration of a site as a file that can be applied again; `${NAME}` stays as it was written."""
    stored = await archive.current(await choose_site(archive, key))
    if stored is None:
        raise UnknownSite(f"there is no site {key!r}")
    return write_site_file(stored.document)


async def choose_site(archive: Configurations, key: str | None = None) -> str:
    """The site of that key, which may be left out where there is one; raise `UnknownSite` with the keys there are."""
    keys = list((await archive.sites()).values())
    if not keys:
        raise UnknownSite("there is no site yet: apply a site file first")
    if key is None and len(keys) > 1:
        raise UnknownSite(f"there are several sites, name one of {', '.join(keys)}")
    if key is not None and key not in keys:
        raise UnknownSite(f"there is no site {key!r}; there is {', '.join(keys)}")
    return key or keys[0]


async def load_site(archive: Configurations, site: str, environment: Mapping[str, str] | None) -> Site:
    """Compile the latest version of a site, named by id or key; raise `UnknownSite`, or `MissingSecret`.

    With None for an environment the site comes without its secrets.
    """
    stored = await archive.current(site)
    if stored is None:
        raise UnknownSite(f"there is no site {site!r}")
    return compile_site(
        msgspec.convert(stored.document, SiteDocument),
        ids=stored.ids,
        site_id=stored.id,
        version=stored.version,
        environment=environment,
    )


async def add_user(
    archive: Archive, *, email: str, name: str, role: str, site: str | None
) -> tuple[str, AppliedVersion | None]:
    """Add a person; the answer is a one-time password, and the new version of the site that the person belongs to.

    An admin belongs to every site; managers and agents are added to the configuration of one, so that an export has
    them. Raise `PersonRefused`, `ConfigurationRefused`, `UnknownSite`, or `VersionConflict`.
    """
    try:
        read_email(email)
        read_name(name)
    except ValueError as error:
        raise PersonRefused(str(error)) from None
    applied = None
    if role != "admin":
        applied = await _add_member(archive, {"email": email, "name": name, "role": role}, site)
    password = secrets.token_urlsafe(ONE_TIME_PASSWORD_BYTES)
    await archive.add_person(email, name, administrator=role == "admin", password=password)
    return password, applied


async def _add_member(archive: Archive, user: dict[str, str], site: str | None) -> AppliedVersion:
    key = await choose_site(archive, site)
    stored = await archive.current(key)
    if stored is None:
        raise UnknownSite(f"there is no site {key!r}")
    users = list(stored.document.get("users", ()))
    for index, present in enumerate(users):
        if agent_name(present["email"]) == agent_name(user["email"]):
            users[index] = present | user
            break
    else:
        users.append(user)
    document = {**stored.document, "users": users}
    problems = read_site(document, None)[1]
    if has_errors(problems):
        raise ConfigurationRefused(CheckReport(key, document, [Finding(1, problem) for problem in problems]))
    return await archive.apply(document, user["email"], source="edit", expected_version=stored.version)
