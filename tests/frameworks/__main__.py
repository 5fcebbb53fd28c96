"""Real models of each framework, read by us: ``python -m tests.frameworks`` makes it places and compares.

The frameworks are large and pin other versions than ours, so each runs in an environment of its own, which
is deleted afterwards. There models are trained on the loans, and what `edutools.predictors.reader` gives is
held against the framework's own forward pass. The exit status is 1 where one differs or an environment fails.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
OURS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]

# What each environment holds beside our own dependencies, and what runs in it with which settings.
ENVIRONMENTS: dict[str, tuple[list[str], list[tuple[str, dict[str, str]]]]] = {
    "torch": (
        ["torch==2.13.0", "keras>=3,<4", "shap>=0.48"],
        [("torch_models", {}), ("keras_models", {"KERAS_BACKEND": "torch"})],
    ),
    "tensorflow": (
        ["tensorflow-cpu>=2.18", "keras>=3,<4", "tf_keras>=2.18"],
        [("keras_models", {"KERAS_BACKEND": "tensorflow"}), ("keras_models", {"KERAS": "tf_keras"})],
    ),
    "gluon": (["mxnet==1.9.1", "numpy==1.26.*", "pandas==2.2.*"], [("gluon_models", {})]),
    "boosted": (["xgboost-cpu>=3", "lightgbm>=4"], [("boosted_models", {})]),
}


def main(arguments: list[str] | None = None) -> int:
    """Run each environment's models, print what was compared, and return 1 where one fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.frameworks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {list(ENVIRONMENTS)}; else all")
    parser.add_argument(
        "--instead",
        action="append",
        default=[],
        metavar="REQUIREMENT",
        help="install this where a requirement of the same package stands, as torch==2.9.1",
    )
    parser.add_argument(
        "--folder", type=Path, help="keep the environments here, and take those that are there"
    )
    chosen = parser.parse_args(arguments)
    unknown = sorted(set(chosen.names) - set(ENVIRONMENTS))
    if unknown:
        parser.error(f"there are {list(ENVIRONMENTS)}, got {unknown}")
    failed = []
    for name in chosen.names or ENVIRONMENTS:
        print(f"{name}: {', '.join(replaced(ENVIRONMENTS[name][0], chosen.instead))}", flush=True)
        with tempfile.TemporaryDirectory() as temporary:
            if not passes(name, (chosen.folder or Path(temporary)) / name, chosen.instead):
                failed.append(name)
    print(f"failed: {failed}" if failed else "every model is read as its framework computes it")
    return 1 if failed else 0


def passes(name: str, folder: Path, instead: list[str]) -> bool:
    """Whether every model of one environment is read as it computes; the environment is made if absent."""
    requirements, runs = ENVIRONMENTS[name]
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        install = [str(python), "-m", "pip", "install", "--quiet", *replaced(requirements, instead), *OURS]
        if subprocess.run(install, check=False).returncode:
            return False
    outcomes = [
        subprocess.run(
            [str(python), "-m", f"tests.frameworks.{module}"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3", **settings},
            check=False,
        ).returncode
        for module, settings in runs
    ]
    return not any(outcomes)


def replaced(requirements: list[str], instead: list[str]) -> list[str]:
    """The requirements, those in `instead` in the place of their package's."""

    def package(line: str) -> str:
        return "".join(c if c.isalnum() or c in "-_" else " " for c in line).split()[0].lower()

    others = {package(line): line for line in instead}
    return [others.get(package(line), line) for line in requirements]


if __name__ == "__main__":
    sys.exit(main())
