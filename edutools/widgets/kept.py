"""A widget whose answers are kept: it tells the page how many are on the disk."""

from __future__ import annotations

from typing import Any

import traitlets

from edutools.widgets.base import Widget


class Kept(Widget):
    """A widget that counts what of its reader's answers is kept, so that the page can say what is not yet."""

    _kept = traitlets.Int(0, allow_none=True).tag(sync=True)

    def page_state(self) -> dict[str, Any]:
        """The traits as JSON; a page waits for no kernel, and counts itself what it keeps, if anything."""
        return {**super().page_state(), "_kept": None}
