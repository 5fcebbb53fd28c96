"""A lesson can be entered at any of its nine headings: its head and that part run by themselves."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jupyter_client.manager import start_new_kernel

from edutools.course.lessons import private_environment
from tests.test_lessons_built import LESSONS, NAMES, NINE, code_in, source

HEAD = ["", "Objectives", "What to know first"]
SECONDS = 120


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Run code in a kernel of the lessons' folder; what it returns is the error, if there is one."""
    private = private_environment(Path(tmp_path_factory.mktemp("private")))
    manager, client = start_new_kernel(env={**os.environ, **private}, cwd=str(LESSONS))

    def run_code(code: str) -> str:
        reply = client.execute_interactive(code, output_hook=lambda _: None, timeout=SECONDS)
        content = reply["content"]
        return "" if content["status"] == "ok" else f"{content['ename']}: {content['evalue']}"

    yield run_code
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_can_be_entered_at_each_of_its_nine_headings(run, name):
    head = [source(cell) for part in HEAD for cell in code_in(name, part)]
    failed = {}
    for part in NINE:
        run("%reset -f")
        for code in [*head, *(source(cell) for cell in code_in(name, part))]:
            error = run(code)
            if error:
                failed[part] = f"{error} in {code}"
                break
    assert failed == {}
