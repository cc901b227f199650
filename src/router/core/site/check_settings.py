"""What can be wrong with the site itself, its custom data, its templates and its canned replies."""

from collections.abc import Collection, Mapping

from router.core.site.context import Context
from router.core.site.document import CustomDataDefinition
from router.core.site.problems import Problems, shown
from router.core.site.secret import MissingSecret, secret_value
from router.core.site.shape import join
from router.core.site.written_values import (
    read_colour,
    read_currency,
    read_duration,
    read_key,
    read_language,
    read_name,
    read_origin,
    read_positive_duration,
    read_visit_timeout,
    read_zone,
)

MOST_INVITATIONS = 100
MOST_CUSTOM_DATA = 200
"""Declared names; each one costs a table of the compiled rules."""


def check_settings(context: Context, problems: Problems) -> None:
    """Check the section `site`."""
    site = context.document.site
    problems.attempt("site.key", read_key, site.key)
    problems.attempt("site.name", read_name, site.name)
    problems.attempt("site.time_zone", read_zone, site.time_zone)
    problems.attempt("site.currency", read_currency, site.currency)
    problems.attempt("site.visit_timeout", read_visit_timeout, site.visit_timeout)
    problems.attempt("site.attribution_window", read_duration, site.attribution_window)
    problems.attempt("site.no_answer_after", read_positive_duration, site.no_answer_after)
    problems.attempt("site.agent_away_after", read_positive_duration, site.agent_away_after)
    problems.attempt("site.between_engagements", read_duration, site.between_engagements)
    for name, values, read in (
        ("origins", site.origins, read_origin),
        ("app_keys", site.app_keys, read_key),
        ("languages", site.languages, read_language),
    ):
        places = [f"site.{name}[{index}]" for index in range(len(values))]
        for place, value in zip(places, values, strict=True):
            problems.attempt(place, read, value)
        problems.refuse_repeats(zip(places, values, strict=True), name)
    if not site.origins and not site.app_keys and context.is_whole:
        problems.error("site.origins", "nobody could connect: write at least one origin or app key")
    if not site.languages and context.is_whole:
        problems.error("site.languages", "a site needs at least one language, the first one is the default")
    if not 0 <= site.invitations_per_visit <= MOST_INVITATIONS:
        problems.error(
            "site.invitations_per_visit", f"expected 0 to {MOST_INVITATIONS}, got {site.invitations_per_visit}"
        )
    _check_identity_secret(site.identity_secret, context.environment, problems)


def _check_identity_secret(secret: str | None, environment: Mapping[str, str] | None, problems: Problems) -> None:
    if environment is None:
        return
    place = "site.identity_secret"
    try:
        value = secret_value(secret, environment)
    except MissingSecret as missing:
        problems.error(place, str(missing))
        return
    if value is None:
        return
    if not value.strip():
        problems.error(place, "the secret is empty: leave the key out where customers are not identified")
    elif value == secret and "${" in secret:
        problems.error(place, "a secret from the environment is written ${NAME}, with nothing around it")
    elif value == secret:
        problems.warn(place, "the secret stands in the file, and so in every export: better write ${NAME}")


def check_custom_data(context: Context, problems: Problems) -> None:
    """Check the section `custom_data` (W20)."""
    custom_data = context.document.custom_data
    if len(custom_data) > MOST_CUSTOM_DATA:
        problems.error("custom_data", f"expected at most {MOST_CUSTOM_DATA} names, got {len(custom_data)}")
    for name, definition in custom_data.items():
        place = join("custom_data", name)
        problems.attempt(place, read_key, name)
        _check_values(place, definition, problems)
        check_languages(join(place, "label"), definition.label or {}, context, problems)


def _check_values(place: str, definition: CustomDataDefinition, problems: Problems) -> None:
    values_place = join(place, "values")
    if definition.type != "choice":
        if definition.values:
            problems.error(values_place, f"only a choice has values, {place} is of type {definition.type}")
        return
    if not definition.values:
        problems.error(values_place, "a choice needs at least one value")
    for index, value in enumerate(definition.values):
        if not value.strip():
            problems.error(f"{values_place}[{index}]", "the value is empty")
    problems.refuse_repeats(
        ((f"{values_place}[{index}]", value) for index, value in enumerate(definition.values)), "values"
    )


def check_templates(context: Context, problems: Problems) -> None:
    """Check the section `templates` (A5)."""
    templates = context.document.templates
    check_names("templates", [template.name for template in templates], problems)
    for index, template in enumerate(templates):
        place = f"templates[{index}]"
        problems.attempt(f"{place}.colour", read_colour, template.colour)
        if template.position is not None and template.kind == "invitation":
            problems.warn(f"{place}.position", "an invitation is always in the foreground: position has no effect")
        if template.format is not None and template.kind != "invitation":
            problems.warn(f"{place}.format", f"only an invitation has a format, this is a {template.kind}")
        check_languages(f"{place}.texts", template.texts, context, problems)
        first = context.first_language
        if template.texts and first is not None and first not in template.texts:
            problems.warn(f"{place}.texts", f"there are no texts in {first}, the site's first language")


def check_canned_replies(context: Context, problems: Problems) -> None:
    """Check the section `canned_replies`."""
    replies = context.document.canned_replies
    places = [f"canned_replies[{index}]" for index in range(len(replies))]
    for place, reply in zip(places, replies, strict=True):
        problems.attempt(f"{place}.shortcut", read_name, reply.shortcut)
        check_languages(f"{place}.texts", reply.texts, context, problems)
        if not any(text.strip() for text in reply.texts.values()):
            problems.error(f"{place}.texts", "there is no text to insert")
    shortcuts = [reply.shortcut for reply in replies]
    problems.refuse_repeats(zip(places, shortcuts, strict=True), "canned replies")


def check_languages(place: str, languages: Collection[str], context: Context, problems: Problems) -> None:
    """Note keys of texts that are no languages, or none of the site's, so that nobody would ever see them."""
    for language in languages:
        known = problems.attempt(join(place, language), read_language, language)
        if known is not None and language not in context.document.site.languages:
            problems.warn(join(place, language), f"{shown(language)} is not one of the site's languages")


def check_names(section: str, names: list[str], problems: Problems) -> None:
    """Check the names of a section's items: allowed, and each only once."""
    places = [f"{section}[{index}].name" for index in range(len(names))]
    for place, name in zip(places, names, strict=True):
        problems.attempt(place, read_name, name)
    problems.refuse_repeats(zip(places, names, strict=True), section.rpartition(".")[2].replace("_", " "))
