"""Where the course is published, and all that is written from it.

The address stands in one place, ``[project.urls]`` of pyproject.toml. From it come the README's links, and in
each lesson the badge and the set-up cell: a source marks the two by the tags ``badge`` and ``set-up``, and
what stands in such a cell is written here and nowhere else.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

UNSET = "OWNER/NAME"
DRIVE = "/content/drive"  # where Colab's own examples mount it
_REPO = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")
_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*(?:/[A-Za-z0-9_][A-Za-z0-9._+-]*)*")
_RELEASE = re.compile(r"https://github\.com/([^/]+/[^/]+)/releases/tag/(.+)")


@dataclass(frozen=True)
class Address:
    """A release of the course on GitHub.

    Parameters
    ----------
    repo : str
        ``OWNER/NAME``; exactly that where the course is not published yet.
    tag : str
        The release's tag.
    version : str
        The version of edutools whose wheel the release carries.
    """

    repo: str
    tag: str
    version: str

    @property
    def is_set(self) -> bool:
        """Whether the course has been published."""
        return self.repo != UNSET

    @property
    def repository(self) -> str:
        """Web address of the repository."""
        return f"https://github.com/{self.repo}"

    @property
    def release(self) -> str:
        """Web address of the release."""
        return f"{self.repository}/releases/tag/{self.tag}"

    @property
    def wheel(self) -> str:
        """Web address of the release's wheel."""
        return f"{self.repository}/releases/download/{self.tag}/edutools-{self.version}-py3-none-any.whl"

    @property
    def colab(self) -> str:
        """Web address under which Colab opens the release's files."""
        return f"https://colab.research.google.com/github/{self.repo}/blob/{self.tag}/"

    @property
    def binder(self) -> str:
        """Web address under which Binder opens the release."""
        return f"https://mybinder.org/v2/gh/{self.repo}/{self.tag}"


def address_of(root: Path) -> Address:
    """The address that the pyproject.toml in `root` holds.

    Raises
    ------
    ValueError: the file's [project.urls] do not name a release on GitHub.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    release = project["urls"].get("Release", "")
    found = _RELEASE.fullmatch(release)
    if not found:
        raise ValueError(
            f"`Release` in [project.urls] must be a release on GitHub, as {_example()}, got {release!r}"
        )
    return Address(found[1], found[2], project["version"])


def _example() -> str:
    return Address(UNSET, "TAG", "").release


def badge(address: Address, name: str) -> str:
    """The text of the Markdown cell that offers lesson `name` in Colab."""
    if not address.is_set:
        return "*This copy of the course has no address yet, so it cannot be opened in Colab.*"
    image = "https://colab.research.google.com/assets/colab-badge.svg"
    return f"[![Open in Colab]({image})]({address.colab}lessons/{name}.ipynb)"


def set_up(address: Address) -> str:
    """The code of the cell that makes a lesson run in Colab; it does nothing elsewhere.

    Its switch, which Colab shows as a box to tick, is off: nobody is asked for a Drive unasked.
    """
    if not address.is_set:
        return "\n".join(
            [
                "import sys",
                "",
                'if "google.colab" in sys.modules:',
                "    # Not from an index: a package of this name there may be another's.",
                '    raise SystemExit("This copy of the course has no address yet to install from.")',
            ]
        )
    return "\n".join(
        [
            "import os",
            "import subprocess",
            "import sys",
            "",
            'keep_my_answers_in_my_drive = False  # @param {type: "boolean"}',
            'if "google.colab" in sys.modules:',
            f'    course = "edutools[bias] @ {address.wheel}"',
            '    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", course], check=True)',
            "    if keep_my_answers_in_my_drive:  # else they go when Colab takes this machine back",
            "        from google.colab import drive",
            "",
            f'        drive.mount("{DRIVE}")  # asks for your leave',
            f'        os.environ["EDUTOOLS_HOME"] = "{DRIVE}/MyDrive/edutools"',
        ]
    )


def written_cells(address: Address, name: str) -> dict[str, str]:
    """What stands in the cells of lesson `name` that are written from the address, by their tag."""
    return {"badge": badge(address, name), "set-up": set_up(address)}


def source_with(address: Address, name: str, source: str) -> str:
    """A lesson's percent script with its badge and set-up cell as `address` makes them."""
    for tag, text in written_cells(address, name).items():
        is_markdown = tag == "badge"
        lines = "\n".join(f"# {line}".rstrip() for line in text.split("\n")) if is_markdown else text
        cell = re.compile(rf'^(# %%[^\n]*tags=\["{tag}"\][^\n]*\n).*?(?=^# %%|\Z)', re.MULTILINE | re.DOTALL)
        source = cell.sub(lambda match, lines=lines: f"{match[1]}{lines}\n\n", source)  # type: ignore[misc]
    return source.rstrip("\n") + "\n"


def notebook_with(address: Address, name: str, notebook: dict[str, Any]) -> dict[str, Any]:
    """A lesson's notebook with its badge and set-up cell as `address` makes them, outputs as they were."""
    texts = written_cells(address, name)
    cells = [
        {**cell, "source": texts[tag].splitlines(keepends=True)} if (tag := _tag_of(cell)) in texts else cell
        for cell in notebook["cells"]
    ]
    return {**notebook, "cells": cells}


def _tag_of(cell: dict[str, Any]) -> str | None:
    tags = cell["metadata"].get("tags", [])
    return tags[0] if tags else None


def notebook_text(notebook: dict[str, Any]) -> str:
    """A notebook as its file holds it, the same for the same notebook."""
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def publish(root: Path, repo: str, ref: str | None = None) -> list[Path]:
    """Set the course's address everywhere in `root`, and return the files that changed.

    Parameters
    ----------
    root : Path
        The folder of the checkout.
    repo : str
        ``OWNER/NAME`` on GitHub.
    ref : str, optional
        The release's tag; ``v`` and the version where it is not given.

    Raises
    ------
    ValueError: `repo` is not the name of a repository, or `ref` not that of a tag.
    """
    old = address_of(root)
    new = Address(_checked_repo(repo), _checked_tag(ref or f"v{old.version}"), old.version)
    texts = {
        root / "README.md": _readme_with(old, new, root / "README.md"),
        **{
            path: source_with(new, path.stem, path.read_text(encoding="utf-8"))
            for path in sorted((root / "lessons" / "source").glob("*.py"))
        },
        **{
            path: notebook_text(notebook_with(new, path.stem, json.loads(path.read_text(encoding="utf-8"))))
            for path in sorted((root / "lessons").glob("*.ipynb"))
        },
        # Last, so that a run which was cut short is finished by the next.
        root / "pyproject.toml": _pyproject_with(new, root / "pyproject.toml"),
    }
    changed = [path for path, text in texts.items() if path.read_text(encoding="utf-8") != text]
    for path in changed:
        path.write_text(texts[path], encoding="utf-8")
    return changed


def build_wheel(root: Path, folder: Path) -> Path:
    """Build the wheel that the release carries into `folder`, and return its path.

    Raises
    ------
    RuntimeError: pip could not build it.
    """
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(folder),
        str(root),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheel = folder / Path(address_of(root).wheel).name
    if done.returncode or not wheel.exists():
        raise RuntimeError(f"pip could not build {wheel.name}:\n{done.stderr.strip()}")
    return wheel


def _checked_repo(repo: str) -> str:
    if not _REPO.fullmatch(repo) or repo.endswith(".git") or repo == UNSET:
        raise ValueError(f"`repo` must be the name of a repository on GitHub, as OWNER/NAME, got {repo!r}.")
    return repo


def _checked_tag(ref: str) -> str:
    if (
        not _TAG.fullmatch(ref)
        or ".." in ref
        or any(part.endswith((".", ".lock")) for part in ref.split("/"))
    ):
        raise ValueError(f"`ref` must be the name of a tag, such as 'v0.1.0', got {ref!r}.")
    return ref


def _readme_with(old: Address, new: Address, path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    for before, after in (
        (old.colab, new.colab),
        (old.binder, new.binder),
        (old.release, new.release),
        (old.repository, new.repository),
    ):
        text = re.sub(
            rf"{re.escape(before)}(?![\w.-])" if before == old.repository else re.escape(before), after, text
        )
    return text


def _pyproject_with(new: Address, path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    for key, value in (("Repository", new.repository), ("Release", new.release)):
        text, times = re.subn(rf'^{key} = ".*"$', f'{key} = "{value}"', text, flags=re.MULTILINE)
        if times != 1:
            raise ValueError(f"[project.urls] in {path.name} must hold one line `{key} = …`, got {times}.")
    return text
