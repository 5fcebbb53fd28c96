"""Style and types, as ruff and mypy judge them."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]],
    ids=["lint", "format", "types"],
)
def test_the_judge_has_no_complaint(root, command):
    done = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, cwd=root, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}\n{done.stderr}"
