"""A widget's JavaScript and style as text: joined for a notebook; a page holds what is shared once.

A widget's module cannot import another file where a notebook runs it, since it is loaded from a blob. So
the modules that it names in one-line imports are laid before it, without their ``import`` and ``export``, and
notebook.js in the place of its last line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)
_COMMENT = re.compile(r"\s*/\*.*?\*/", re.DOTALL)  # of a style: its reasons are for who edits the file
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)
OWN_END = "export default { render };\n"  # how each widget's own module ends


@cache
def read(file_name: str) -> str:
    """The text of one file of this folder, such as ``"dom.js"`` or ``"theme.css"``."""
    return (files("edutools.widgets") / file_name).read_text(encoding="utf-8")


@cache
def shared_modules(name: str) -> tuple[str, ...]:
    """Names of the modules that module `name` needs, each after those that it needs itself."""
    return _needed_by(read(f"{name}.js"))


def _needed_by(source: str) -> tuple[str, ...]:
    ordered: dict[str, None] = {}
    for needed in _IMPORT.findall(source):
        ordered.update(dict.fromkeys((*shared_modules(needed), needed)))
    return tuple(ordered)


@cache
def notebook_module(name: str) -> str:
    """One module that holds widget `name` and all that it needs, as a notebook loads it."""
    shared = (_EXPORT.sub("", own_text(needed)) for needed in shared_modules(name))
    return "\n".join([*shared, own_text(name).removesuffix(OWN_END), read("notebook.js")])


def own_text(name: str) -> str:
    """The text of module `name` without its imports."""
    return _IMPORT.sub("", read(f"{name}.js"))


def style(names: Iterable[str]) -> str:
    """The rules of the theme, and those that stand beside the modules of the widgets `names`, each once.

    A notebook gets them anew with each widget, so that what one widget brings may stand before or after what
    another brings. Hence the order must not matter: a shared module's rules weigh more than the theme's, a
    widget's own more than these, and they hold in that widget alone.
    """
    return "\n".join([theme(), own_style(names)])


@cache
def theme() -> str:
    """The rules that hold in every widget."""
    return _COMMENT.sub("", read("theme.css"))


def own_style(names: Iterable[str]) -> str:
    """`style` without the theme."""
    shared = dict.fromkeys(module for name in names for module in shared_modules(name))
    roots = {module: ".edu-root.edu-root" for module in shared}
    roots |= {name: f".edu-root.edu-root.edu-{name}" for name in names}
    own = (read(f"{name}.css").replace(".edu-root", root) for name, root in roots.items() if _has_style(name))
    return _COMMENT.sub("", "\n".join(own))


@cache
def _has_style(module: str) -> bool:
    return (files("edutools.widgets") / f"{module}.css").is_file()


def page_script(sources: Mapping[str, str], texts: str, *, keeps: bool = False) -> str:
    """The script of a page that shows widgets of the kinds `sources`, as modules by name.

    What they share is in it once, and so are the `texts` that they say, as JSON. With `keeps`, the page keeps
    in the browser what is answered in it, and shows it when it is opened again.
    """
    keeping = (*shared_modules("page_events"), "page_events") if keeps else ()
    needed = dict.fromkeys([*(module for each in sources.values() for module in _needed_by(each)), *keeping])
    own = ",\n".join(f"{name}() {{\n{_as_function(source)}}}" for name, source in sources.items())
    return "\n".join(
        [
            '"use strict";',
            "(async () => {",
            *(_EXPORT.sub("", own_text(module)) for module in needed),
            f"const widgets = {{\n{own}\n}};",
            f"const texts = {texts};",
            f"const keeper = {'pageKeeper()' if keeps else 'null'};",
            read("page.js"),
            "})();",
        ]
    )


def _as_function(source: str) -> str:
    """The body of a function that gives what a widget's own module exports."""
    return _EXPORT.sub("", _IMPORT.sub("", source)).removesuffix(OWN_END) + "return { render };\n"
