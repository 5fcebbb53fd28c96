"""The site's templates, filled; what is not markup is escaped."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from edutools.texts import language, text

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


def filled(template: str, **values: Any) -> Markup:
    """The file `template` of the folder templates, its names taken from `values`; strings are escaped."""
    from markupsafe import Markup

    return Markup(_environment().get_template(template).render(values))


def markup(html: str) -> Markup:
    """`html` as it stands, for a template that would else escape it."""
    from markupsafe import Markup

    return Markup(html)


def scrolling(tag: str) -> Markup:
    """The opening `tag` of what may be wider than the page: focusable, so that it scrolls by keys, too."""
    return markup('<{} class="site-wide" tabindex="0" role="group" aria-label="{}">').format(
        markup(tag), text("site.wide")
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("edutools.course.site"), autoescape=True, undefined=StrictUndefined
    )
    environment.globals.update(text=text, language=language, scrolling=scrolling)
    return environment
