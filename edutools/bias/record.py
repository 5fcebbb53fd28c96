"""What was examined, as a record that a second run can be held against: the data's digest, and versions."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from edutools.bias.subject import Subject

PACKAGES = ("edutools", "numpy", "pandas", "scikit-learn", "scipy")


def described(subject: Subject) -> dict[str, Any]:
    """Columns, features, how many values are missing in each column, and the digest of a subject's table."""
    gaps = subject.table.isna().sum()
    return {
        "columns": [str(name) for name in subject.table],
        "features": [str(name) for name in subject.features],
        "sensitive_features": [each.name for each in subject.sensitive],
        "missing": {str(name): int(count) for name, count in gaps.items() if count},
        "digest": digest(subject.table),
    }


def digest(table: pd.DataFrame) -> str:
    """The SHA-256 of a table's columns and values, whatever its index, as text that begins with "sha256:"."""
    whole = hashlib.sha256()
    for name in table:
        whole.update(f"{name}\0{table[name].dtype.kind}\0".encode())
        column = table[name].reset_index(drop=True)
        try:
            hashed = pd.util.hash_pandas_object(column, index=False)
        except TypeError:  # values that cannot be hashed, such as lists
            hashed = pd.util.hash_pandas_object(column.map(repr), index=False)
        whole.update(hashed.to_numpy().tobytes())
    return f"sha256:{whole.hexdigest()}"


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that figures depend on."""
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


def model_name(model: Any) -> str:
    """What a model is called: the class of its last step, or a column's or function's name."""
    if isinstance(model, (str, int)):
        return str(model)
    last = model.steps[-1][1] if hasattr(model, "steps") else model
    return getattr(last, "__name__", type(last).__name__)
