"""A report of an audit: the same dict as a widget, a page, Markdown and JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edutools._checks import known_keywords, one_of
from edutools.documents.contents import IDENTIFIERS, contents_of
from edutools.documents.markdown import summary_as_markdown

if TYPE_CHECKING:
    from edutools.widgets.audit import Audit

ENDINGS = (".html", ".md", ".json")


class Report:
    """An audit in words, figures and pictures; `report` makes one.

    Parameters
    ----------
    contents : dict
        What `edutools.documents.contents.contents_of` gives. All views are made from it alone.
    """

    def __init__(self, contents: dict[str, Any]) -> None:
        self._contents = contents

    def to_dict(self) -> dict[str, Any]:
        """Everything that the report holds, as JSON holds it."""
        copied: dict[str, Any] = json.loads(json.dumps(self._contents, allow_nan=False))
        return copied

    def to_json(self) -> str:
        """The same as text."""
        return json.dumps(self._contents, ensure_ascii=False, allow_nan=False, indent=1) + "\n"

    def to_markdown(self) -> str:
        """The report as Markdown with tables; whatever comes from data is text in it, never markup."""
        return summary_as_markdown(self._shown._summary())

    def to_html(self) -> str:
        """The report as plain HTML without script."""
        return self._shown.to_html()

    def widget(self) -> Audit:
        """A widget of its own each time, whose findings can be filtered and sorted."""
        from edutools.widgets.audit import Audit

        return Audit(self._contents)

    def save(self, path: str | Path) -> Path:
        """Write the report into one file, and return its path.

        Parameters
        ----------
        path : str or Path
            What it ends in says the form: ``.html``, a page that names no other host and is alive where
            script may run; ``.md``; ``.json``. An existing file is replaced.

        Raises
        ------
        ValueError: it ends otherwise.
        OSError: the file cannot be written.
        """
        target = Path(path)
        ending = one_of("the ending of `path`", target.suffix.lower(), ENDINGS)
        if ending == ".html":
            return self._shown.save_html(target)
        target.write_text(self.to_markdown() if ending == ".md" else self.to_json(), encoding="utf-8")
        return target

    @cached_property
    def _shown(self) -> Audit:
        return self.widget()

    def __repr__(self) -> str:
        return repr(self._shown)

    def _repr_html_(self) -> str:
        return self.to_html()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """In a notebook the report is its widget, with its twin behind it."""
        return self._shown._repr_mimebundle_(**kwargs)


@known_keywords()
def report(
    audit: Mapping[str, Any], *, include_rows: bool = False, identifiers: Sequence[str] = IDENTIFIERS
) -> Report:
    """The report of an audit, as widget, HTML, Markdown and JSON.

    Parameters
    ----------
    audit : mapping
        What `BiasDetector.to_dict` gives: see `edutools.documents.contents.contents_of`.
    include_rows : bool, default False
        Whether rows of people that the audit holds (its ``people``) are shown and saved.
    identifiers : sequence of str
        Columns that are left out of those rows even then.

    Raises
    ------
    TypeError: `audit` is no mapping.
    ValueError: the audit lacks something, or `include_rows` is neither True nor False.

    Examples
    --------
    >>> report(detector.to_dict()).save("audit.html")  # doctest: +SKIP
    """
    if not isinstance(include_rows, bool):
        raise ValueError(f"`include_rows` must be True or False, got {include_rows!r}.")
    return Report(contents_of(audit, include_rows=include_rows, identifiers=identifiers))
