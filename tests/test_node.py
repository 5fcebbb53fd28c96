"""The widgets' JavaScript, judged by Node."""

from __future__ import annotations

import subprocess


def test_every_javascript_test_passes(root, node):
    files = sorted(map(str, (root / "tests" / "js").glob("*.test.js")))
    assert files, "there is no JavaScript test in tests/js"
    done = subprocess.run([node, "--test", *files], capture_output=True, text=True, cwd=root, check=False)
    assert done.returncode == 0, f"node --test failed:\n{done.stdout}\n{done.stderr}"
