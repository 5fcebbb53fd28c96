"""What every widget has: its text, its twin, and a page of its own."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from html import escape
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from uuid import uuid4
from weakref import WeakValueDictionary

import anywidget
import traitlets

from edutools.texts import SOURCE, catalogue, language, languages, speaking, text
from edutools.widgets.source import notebook_module, page_script, read, style

T = TypeVar("T")
SCRIPT_ID = "edutools-script"  # of the element that brings a page to life


def _in_its_language(method: Callable[[Widget], T]) -> Callable[[Widget], T]:
    """`method` of a widget, its texts in the language of the widget."""

    @wraps(method)
    def speaks(widget: Widget) -> T:
        with speaking(widget._language):
            return method(widget)

    return speaks


class Widget(anywidget.AnyWidget):
    """A widget that computes in the browser and leaves a twin, in text and plain HTML, in the output.

    A subclass names its module (``_name``, the stem of its .js and the section of its texts) and says in
    `_summary` what its twin shows.

    Parameters
    ----------
    **traits
        Values of the public traits; an unknown name is refused.
    """

    _name: ClassVar[str]
    _sections: ClassVar[tuple[str, ...]] = ()  # of the catalogue, besides "common" and the widget's own

    _texts = traitlets.Dict(help="The texts that the widget shows.").tag(sync=True)
    _own_id = traitlets.Unicode(help="By which its module finds the model behind it.").tag(sync=True)

    # By model id, as an output names what it shows; ipywidgets' own list moved between its versions.
    _made: ClassVar[WeakValueDictionary[str, Widget]] = WeakValueDictionary()

    def __init__(self, **traits: Any) -> None:
        own_id = uuid4().hex
        texts = catalogue("common", self._name, *self._sections)
        super().__init__(model_id=own_id, _own_id=own_id, _texts=texts, **traits)
        Widget._made[self.model_id] = self

    def __init_subclass__(cls, **about: Any) -> None:
        super().__init_subclass__(**about)
        # A twin is written when it is asked for, and by then another language may be spoken.
        for name in ("__repr__", "to_html", "_summary", "_holds"):
            if name in vars(cls):
                setattr(cls, name, _in_its_language(vars(cls)[name]))

    @property
    def _language(self) -> str:
        """The language in which the widget was made, and stays."""
        return self._texts["common.language"]

    @property
    def _esm(self) -> str:
        return notebook_module(self._name)

    @property
    def _css(self) -> str:
        return style([self._name])

    def _summary(self) -> dict[str, Any]:
        """The twin as a plain dict: ``title``, ``sentences``, ``tables`` (caption, columns, rows of str)."""
        raise NotImplementedError(f"{type(self).__name__} does not say what its twin shows")

    def _holds(self) -> str:
        """What a saved page says of the people in it."""
        with speaking(self._language):
            return text(f"{self._name}.holds")

    def __repr__(self) -> str:
        return summary_as_text(self._summary())

    def to_html(self) -> str:
        """The widget's present state as plain HTML without script, for a reader or a page that runs none."""
        return summary_as_html(self._summary())

    # ipywidgets 7 displays by this method, past the bundle below, and so past the twin.
    _ipython_display_ = None

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        twin = self.to_html()
        spoken = twin if self._language == SOURCE else f'<div lang="{self._language}">\n{twin}\n</div>'
        return {**data, "text/plain": repr(self), "text/html": spoken}, metadata

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """The traits on their way to the browser, by name; see ipywidgets.

        Raises
        ------
        ValueError: a trait holds what cannot travel, such as half a character or nan.
        """
        state: dict[str, Any] = super().get_state(key, drop_defaults)
        self._refuse_unwritable(state)
        return state

    def _refuse_unwritable(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            if (wrong := _unwritable(value)) is not None:
                raise ValueError(f"`{name}` of {type(self).__name__} cannot be shown: it holds {wrong}.")

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take traits that the browser sent; see ipywidgets. What is refused leaves all traits as they were.

        Raises
        ------
        ValueError: a trait may not hold what was sent.
        """
        before = {name: getattr(self, name) for name in self.trait_names(sync=True)}
        try:
            self._refuse_unwritable(sync_data)
            super().set_state(sync_data)
        except Exception as error:
            # traitlets undoes a change for its own kind of error alone.
            self._trait_values.update(before)
            self.send_state([name for name in sync_data if name in before])
            names = ", ".join(f"`{name}`" for name in sync_data)
            raise ValueError(f"{type(self).__name__} refuses {names} from the browser: {error}") from error

    def page_state(self) -> dict[str, Any]:
        """The traits of the widget as JSON, without its module; bytes as ``{"$bytes": base64}``."""
        theirs = anywidget.AnyWidget.class_trait_names(sync=True)
        plumbing = {*theirs, "_own_id", "_esm", "_css", "_anywidget_id"}
        state = self.get_state(sorted({*self.trait_names(sync=True)} - plumbing))
        return {key: _as_json(value) for key, value in state.items()}

    def page_widgets(self) -> list[Widget]:
        """The widgets that a page needs to show this one: itself, and any that it holds."""
        return [self]

    def save_html(self, path: str | Path) -> Path:
        """Write one file in which the widget works with no kernel and no other host, and return its path.

        The file says what it holds: what the widget shows, and no rows of people beyond that.

        Parameters
        ----------
        path : str or Path
            Where to write; an existing file is replaced.

        Raises
        ------
        OSError: the file cannot be written.
        """
        target = Path(path)
        target.write_text(page(self, title=self._summary()["title"]), encoding="utf-8")
        return target


class NoneIsSeen(traitlets.Any):
    """A trait of any value whose validator is asked about None too, which traitlets passes unseen."""

    def _validate(self, obj: Any, value: Any) -> Any:
        if value is None and obj._cross_validation_lock is False:
            return self._cross_validate(obj, value)
        return super()._validate(obj, value)


def page(*shown: Widget, title: str, keeps: bool = False) -> str:
    """One HTML page with widgets alive in it; their twins are the page until script replaces them.

    With `keeps`, what is answered in it is kept in the reader's browser, as a page of the course does.
    """
    widgets = [each for widget in shown for each in widget.page_widgets()]
    names = list(dict.fromkeys(each._name for each in widgets))
    said = dict.fromkeys(each._holds() for each in widgets)
    lang = shown[0]._language if shown else language()
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{lang}">',
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>\n{style(names)}</style>",
            '<body class="edu-page">\n<main>',
            *(place(each.model_id, each.to_html(), each._language, lang=lang) for each in shown),
            "</main>",
            f"<footer><p>{escape(' '.join(said))}</p></footer>",
            # In no other language: what is saved to be handed on stays small.
            _packed_elements(held(widgets), {each._language for each in widgets}, keeps=keeps),
            "</body>\n</html>\n",
        ]
    )


def place(model_id: str, twin: str, code: str, *, lang: str | None = None) -> str:
    """Where a page shows a widget: its twin and why it does not move, until script replaces both.

    `code` is the language of the widget, `lang` that of the page, by default the present one.
    """
    with speaking(code):
        still = f"<p>{escape(text('common.no_script'))}</p>"
    spoken = "" if code == (lang or language()) else f' lang="{code}"'
    return f'<div data-widget="{escape(model_id)}"{spoken}>\n{twin}\n{still}\n</div>'


def held(widgets: Iterable[Widget]) -> dict[str, dict[str, Any]]:
    """What a page holds of `widgets`: each one's module, by its name, its language and state, by model id."""
    return {
        each.model_id: {"name": each._name, "language": each._language, "state": each.page_state()}
        for each in widgets
    }


def held_apart(model_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What a page must hold to show each of some widgets of this session alone, by model id.

    Of each: ``states``, as `held` gives them, ``title``, and ``holds``, what is said of the people in it. An
    id of another library's widget is left out.
    """
    widgets = {name: Widget._made[name] for name in model_ids if name in Widget._made}
    return {
        name: {
            "states": held(widget.page_widgets()),
            "title": widget._summary()["title"],
            "holds": list(dict.fromkeys(each._holds() for each in widget.page_widgets())),
        }
        for name, widget in widgets.items()
    }


def states_element(states: Mapping[str, dict[str, Any]]) -> str:
    """The element in which a page holds `states`, as `held` gives them, but for what they say."""
    return f'<script type="application/json" data-held>{_in_script(without_texts(states))}</script>'


def script_element(
    states: Mapping[str, dict[str, Any]], *, keeps: bool = False, modules: Mapping[str, str] | None = None
) -> str:
    """The element that brings to life what a page holds, its first place before the page is read whole.

    It stands behind the first place and its states; `states` are all of the page. Their modules, and what
    they say in any language, are in it once. With `keeps`, what is answered is kept in the reader's browser.
    A page's own parts, which no notebook shows, have their source in `modules`, by name.
    """
    script = _script(states, texts_of(states), keeps=keeps, modules=modules or {})
    return f'<script id="{SCRIPT_ID}">\n{script}</script>'


def _packed_elements(states: Mapping[str, dict[str, Any]], codes: Iterable[str], *, keeps: bool) -> str:
    """`states_element` and `script_element` in a third of the size, for widgets that speak `codes` alone."""
    script = _script(states, texts_of(states, codes), keeps=keeps, modules={})
    kept = packed({"states": without_texts(states), "script": script})
    unpack = f'<script type="module">\n{read("packed.js")}</script>'
    return f'<script type="text/plain" data-held>{kept}</script>\n{unpack}'


def _script(
    states: Mapping[str, dict[str, Any]],
    texts: Mapping[str, Any],
    *,
    keeps: bool,
    modules: Mapping[str, str],
) -> str:
    names = dict.fromkeys(each["name"] for each in states.values())
    sources = {name: modules.get(name) or read(f"{name}.js") for name in names}
    return page_script(sources, _in_script(texts), keeps=keeps)


def without_texts(states: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """``states`` without the texts in each, which a page holds once."""
    return {
        name: {**each, "state": {key: kept for key, kept in each["state"].items() if key != "_texts"}}
        for name, each in states.items()
    }


def texts_of(
    states: Mapping[str, Mapping[str, Any]], codes: Iterable[str] | None = None
) -> dict[str, dict[str, str]]:
    """What any of the widgets of ``states`` says, by language: of `codes`, by default of all.

    Of these the ``lang`` of a page, or of a part of it, chooses.
    """
    sections = {key.split(".", 1)[0] for each in states.values() for key in each["state"]["_texts"]}
    return {code: catalogue(*sections, code=code) for code in sorted(codes or languages())}


def packed(value: Any) -> str:
    """`value` as JSON, gzipped, in base64: a third of the size, and nothing in it can end a script."""
    return base64.b64encode(gzip.compress(_json(value).encode(), mtime=0)).decode("ascii")


def _in_script(value: Any) -> str:
    """`value` as JSON; of what may stand in a script element, only ``<`` could end it."""
    return _json(value).replace("<", "\\u003c")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _as_json(value: Any) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        return {"$bytes": base64.b64encode(value).decode("ascii")}
    # A group of the data may be called so too.
    if isinstance(value, dict) and value.keys() & {"$bytes", "$data"}:
        return {"$data": value}
    return value


def _unwritable(value: Any) -> str | None:
    """What in a trait's value neither a page nor a notebook can hold, in words; None where all is well."""
    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False, default=_as_json).encode()
        return None
    except (TypeError, ValueError, RecursionError) as error:
        parts = [*value, *value.values()] if isinstance(value, dict) else value
        inner = map(_unwritable, parts) if isinstance(value, dict | list | tuple) else ()
        if isinstance(value, str):
            return f"half a character in {value!r}"
        return next((each for each in inner if each is not None), f"{value!r} ({error})")


def summary_as_text(summary: dict[str, Any]) -> str:
    """A twin's summary in plain text, its tables aligned by columns."""
    tables = [
        f"{table['caption']}\n{aligned([table['columns'], *table['rows']])}" for table in summary["tables"]
    ]
    return "\n\n".join(
        [summary["title"], *(["\n".join(summary["sentences"])] if summary["sentences"] else []), *tables]
    )


def aligned(rows: list[list[str]]) -> str:
    """Rows of a table in plain text, the first column to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(
            [
                row[0].ljust(widths[0]),
                *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
            ]
        )
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def summary_as_html(summary: dict[str, Any]) -> str:
    """A twin's summary in plain HTML: paragraphs and tables, every text escaped."""
    parts = [f"<p><strong>{escape(summary['title'])}</strong></p>"]
    parts += [f"<p>{escape(sentence)}</p>" for sentence in summary["sentences"]]
    parts += [table_as_html(**table) for table in summary["tables"]]
    return "<div>\n" + "\n".join(parts) + "\n</div>"


def table_as_html(caption: str, columns: list[str], rows: list[list[str]]) -> str:
    """A table in plain HTML, every text escaped."""
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "\n".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    opening = f"<table>\n<caption>{escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>"
    return f"{opening}\n<tbody>\n{body}\n</tbody>\n</table>"
