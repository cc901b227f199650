"""Whether a document can be applied: every problem with it, each with its place and what is allowed.

First its shape, then what each section means. A section's own checks stand beside: `check_settings`, `check_routing`,
`check_campaigns`.
"""

from collections.abc import Iterable, Mapping

from router.core.site.check_campaigns import check_campaigns, check_objectives
from router.core.site.check_routing import check_groups, check_routing_rules, check_users
from router.core.site.check_settings import check_canned_replies, check_custom_data, check_settings, check_templates
from router.core.site.context import Context, Known
from router.core.site.document import SiteDocument
from router.core.site.problems import Problem, Problems
from router.core.site.shape import Shape


def check_site(raw: object, environment: Mapping[str, str] | None) -> list[Problem]:
    """Every problem of a document as written (plain mappings, lists and scalars), in the order of its parts.

    `environment` is where `${NAME}` is looked up; None leaves secrets alone, where they are not needed. A document
    without a problem of severity error can be applied.
    """
    return read_site(raw, environment)[1]


def read_site(raw: object, environment: Mapping[str, str] | None) -> tuple[SiteDocument | None, list[Problem]]:
    """The document, if it can be applied, and every problem with it."""
    shape = Shape(raw)
    problems = list(shape.problems.found)
    if shape.document is not None:
        meant = _check_meaning(Context(shape.document, Known.of(raw), shape.is_whole, environment))
        problems += [Problem(shape.place_of(one.place), one.message, one.severity) for one in meant]
    return (None if has_errors(problems) else shape.document), problems


def has_errors(problems: Iterable[Problem]) -> bool:
    """Tell whether one of the problems forbids to apply the document."""
    return any(problem.severity == "error" for problem in problems)


def _check_meaning(context: Context) -> list[Problem]:
    problems = Problems()
    for check in (
        check_settings,
        check_custom_data,
        check_users,
        check_groups,
        check_routing_rules,
        check_templates,
        check_canned_replies,
        check_objectives,
        check_campaigns,
    ):
        check(context, problems)
    return problems.found
