"""What the lessons stand on: how they are built, where they lie, and where they are published."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


def checkout() -> Path | None:
    """Folder of the checkout that this package is part of; None where it was installed from a wheel."""
    folder = PACKAGE.parent
    return folder if (folder / "pyproject.toml").is_file() and (folder / "lessons").is_dir() else None


def lessons_folder() -> Path:
    """Folder that holds the lessons as published: of the checkout, else of the installed package."""
    folder = checkout()
    return folder / "lessons" if folder else PACKAGE / "_lessons"
