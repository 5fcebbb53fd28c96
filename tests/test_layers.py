"""Which way things lean: no import points up, no widget's module breaks the form, nothing is undeclared."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from edutools.cli import SITE_NEEDS
from edutools.widgets.source import OWN_END, notebook_module, page_script

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "edutools"

# From the ground up; a module may import those of its own row's names and of any row below it.
ROWS = [
    {"_checks", "_markup", "start"},
    {"texts", "events", "datasets"},
    {"_columns", "predictors", "metrics"},
    {"counts"},
    {"criteria"},
    {"widgets"},
    {"bias", "training", "monitoring", "documents"},
    {"course"},
    {"cli"},
]
HEIGHT = {name: height for height, row in enumerate(ROWS) for name in row}
# Run by the command that opens the course, and by nbconvert, which comes with JupyterLab.
OF_A_LAB = {PACKAGE / "cli.py", PACKAGE / "course" / "exporter.py"}
# What builds and publishes the course, in a checkout, with what the extra `test` installs.
WORKSHOP = {PACKAGE / "course" / "lessons.py", PACKAGE / "course" / "publish.py"}
# Colab's versions, August 2026: whoever asks for a newer one forces a restart in the middle of a class.
COLAB = {
    **dict(
        line.split("==")
        for line in (ROOT / "tests/colab/constraints.txt").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ),
    "platformdirs": "4.0.0",
    "requests": "2.32.0",
    "tqdm": "4.67.1",
}
# What an install adds to Colab. Each needs nothing there but what it has already.
ADDED = {"fsrs": {"typing-extensions"}, "fairlearn": {"narwhals", "numpy", "pandas", "scikit-learn", "scipy"}}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def unit_of(dotted: str) -> str:
    """The room that a module belongs to: `widgets` for edutools.widgets.table."""
    return [*dotted.split("."), ""][1]


def imports(tree: ast.AST, path: Path) -> Iterator[str]:
    """Every module that is imported, inside functions too, but for those that only the type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports by dots; say the module's full name"
            # `from edutools import counts` imports edutools.counts
            yield from (
                [f"edutools.{alias.name}" for alias in node.names]
                if node.module == "edutools"
                else [node.module or ""]
            )
        yield from imports(node, path)


def imported_by(path: Path) -> list[str]:
    return list(imports(ast.parse(path.read_text(encoding="utf-8")), path))


def upward_imports(name: str, imported: list[str]) -> list[str]:
    """Those of `imported` that stand above module `name`, or beside it at the ground where nothing leans."""
    own = unit_of(name)
    ours = [
        each
        for each in imported
        if each.split(".")[0] == "edutools" and unit_of(each) not in {own, "__version__"}
    ]
    unknown = [each for each in (name, *ours) if unit_of(each) not in HEIGHT]
    assert not unknown, f"{unknown} in {name} stand in no row of tests/test_layers.py"
    beside = HEIGHT[own] <= HEIGHT["datasets"]
    return [each for each in ours if HEIGHT[unit_of(each)] > HEIGHT[own] - beside]


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


@pytest.mark.parametrize(
    ("name", "imported"),
    [
        ("edutools.counts", ["edutools.widgets.table"]),
        ("edutools.widgets.table", ["edutools.cli"]),
        ("edutools.texts", ["edutools.events"]),
        ("edutools.metrics", ["edutools.GroupMetrics"]),
    ],
)
def test_an_import_that_points_up_or_out_of_the_house_is_found(name, imported):
    try:
        found = upward_imports(name, imported)
    except AssertionError:
        found = imported
    assert found == imported


def test_an_import_inside_a_function_counts_and_one_for_the_type_checker_does_not():
    code = (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import edutools.cli\n"
        "def show():\n    from edutools import widgets"
    )
    assert list(imports(ast.parse(code), Path("x.py"))) == ["typing", "edutools.widgets"]


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_no_import_points_up(path):
    if path == PACKAGE / "__init__.py":
        assert not [each for each in imported_by(path) if each.startswith("edutools")]
    else:
        assert upward_imports(dotted(path), imported_by(path)) == []


def requirements(extras: set[str]) -> dict[str, Requirement]:
    """Declared dependencies by name: the core's, and those of some extras and what they take in."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [
        *project["dependencies"],
        *(line for extra in extras for line in project["optional-dependencies"][extra]),
    ]
    parsed = list(map(Requirement, lines))
    inner = {extra for each in parsed if each.name == "edutools" for extra in each.extras} - extras
    found = {canonicalize_name(each.name): each for each in parsed if each.name != "edutools"}
    return found | (requirements(extras | inner) if inner else {})


@cache
def distributions_by_module() -> Mapping[str, list[str]]:
    return packages_distributions()


def undeclared(path: Path, declared: dict[str, Requirement]) -> list[str]:
    """Packages that `path` imports and that nothing declares."""
    tops = {each.split(".")[0] for each in imported_by(path)} - {
        "edutools",
        "tests",
        *sys.stdlib_module_names,
    }
    tops -= {sibling.stem for sibling in path.parent.glob("*.py")}
    return sorted(
        top
        for top in tops
        if not {canonicalize_name(d) for d in distributions_by_module().get(top, [])} & declared.keys()
    )


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_what_the_package_imports_is_declared(path):
    extras = {"test"} if path in WORKSHOP else {"lab"} if path in OF_A_LAB else set()
    # Loaded where a method asks for it, with an error that names what brings it.
    extras |= {"bias"} if PACKAGE / "bias" in path.parents else set()
    # The command says what it lacks, from `SITE_NEEDS`.
    extras |= {"site"} if PACKAGE / "course" / "site" in path.parents else set()
    assert undeclared(path, requirements(extras)) == []


def test_the_command_asks_for_what_the_site_declares():
    declared = requirements({"site"}).keys() - requirements({"course"}).keys()
    assert set(SITE_NEEDS.values()) == declared


def test_what_tests_and_lessons_import_is_declared():
    # A framework's models run in an environment of their own, which `tests/frameworks/__main__.py` makes.
    apart = set((ROOT / "tests" / "frameworks").glob("*_models.py"))
    paths = [*sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "lessons" / "source").glob("*.py"))]
    paths = [path for path in paths if path not in apart]
    found = {path.name: undeclared(path, requirements({"test"})) for path in paths}
    assert {name: packages for name, packages in found.items() if packages} == {}


def test_a_lesson_needs_nothing_beyond_the_extra_course():
    for path in sorted((ROOT / "lessons" / "source").glob("*.py")):
        assert undeclared(path, requirements({"course"})) == [], path.name


def test_no_lower_bound_lies_above_what_colab_has():
    declared = requirements({"course"})
    assert declared.keys() == COLAB.keys() | ADDED.keys()
    refused = [
        str(declared[name])
        for name, there in COLAB.items()
        if not declared[name].specifier.contains(Version(there))
    ]
    assert refused == []


def test_what_an_install_adds_to_colab_brings_nothing_that_colab_pins():
    for name, needed in ADDED.items():
        brought = {canonicalize_name(each.name): each for each in map(Requirement, _without_extras(name))}
        assert brought.keys() == needed
        refused = [
            str(each)
            for package, each in brought.items()
            if package in COLAB and not each.specifier.contains(Version(COLAB[package]))
        ]
        assert refused == []


def _without_extras(name: str) -> list[str]:
    return [line for line in requires(name) or [] if "extra ==" not in line]


# The widgets' JavaScript. `page.js` is the end of a page's script, `packed.js` what unpacks that script in a
# saved page, which alone loads a module as it runs, and `notebook.js` the end of every widget's module in a
# notebook.
NO_MODULES = {"page", "packed", "notebook"}
IMPORT = re.compile(r'^import \{ \w+(?:, \w+)* \} from "\./(\w+)\.js";$', re.MULTILINE)
TOP_LEVEL = re.compile(r"^(?:export )?(?:async )?(?:function\*?|class|const|let|var) +(\w+)", re.MULTILINE)
FORBIDDEN = [
    "</script",
    "<!--",
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    "eval(",
    "new Function",
]


def javascript() -> dict[str, str]:
    return {
        path.stem: path.read_text(encoding="utf-8") for path in sorted((PACKAGE / "widgets").glob("*.js"))
    }


def js_modules() -> dict[str, str]:
    return {name: source for name, source in javascript().items() if name not in NO_MODULES}


def is_own(source: str) -> bool:
    return "export default" in source


def breaches(name: str, source: str, every: dict[str, str]) -> list[str]:
    """What in module `name` breaks the form that lets a notebook and a page join modules."""
    found = [f"holds {text}" for text in FORBIDDEN if text in source]
    if name in NO_MODULES:
        forbidden = "import|export(?! default)" if name == "notebook" else "import|export"
        return found + (
            ["imports or exports"] if re.search(rf"^({forbidden})\b(?!\()", source, re.MULTILINE) else []
        )
    code = IMPORT.sub("", source)
    if re.search(r"^\s*import\b|\bimport\s*\(|\brequire\s*\(|\bfrom\s+[\"']", code, re.MULTILINE):
        found.append("imports in another form than one named import a line")
    if re.search(
        r"^export(?! (?:async )?(?:function|class|const|default)\b)|^(?:export )?(?:const|let|var) +[{\[]",
        code,
        re.M,
    ):
        found.append("declares in another form than one name at a time")
    if source.count("export default") > 1 or (is_own(source) and not source.endswith(OWN_END)):
        found.append(f"is a widget's own module and does not end in {OWN_END.strip()}")
    for needed in IMPORT.findall(source):
        if needed not in every:
            found.append(f"imports {needed}.js, which is not there")
        elif is_own(every[needed]) or needed in NO_MODULES:
            found.append(f"imports {needed}.js, which is not shared")
    return found


@pytest.mark.parametrize(
    "source",
    [
        'import * as a from "./b.js";',
        'import a from "./b.js";',
        'import {\n  a,\n} from "./b.js";',
        'import { a } from "https://example.org/b.js";',
        'const a = await import("./b.js");',
        "export { a };",
        "export default 1;",
        "export const { a } = b;",
        "export default { render };\nconst late = 1;\n",
        "node.innerHTML = text;",
        'import { a } from "./missing.js";',
        'import { render } from "./own.js";',
    ],
)
def test_a_module_of_another_form_is_refused(source):
    assert breaches("x", source, {"b": "", "own": OWN_END})


@pytest.mark.parametrize("name", sorted(javascript()))
def test_a_widgets_javascript_keeps_its_form(name):
    assert breaches(name, javascript()[name], javascript()) == []


def test_every_widget_has_a_module_of_its_own():
    own = {name for name, source in js_modules().items() if is_own(source)}
    assert own, "no module in edutools/widgets is a widget's own"
    assert {name for name in own if not (PACKAGE / "widgets" / f"{name}.py").exists()} == set()


def test_shared_modules_name_each_thing_once():
    shared = {name: source for name, source in js_modules().items() if not is_own(source)}
    # In a page's script they stand beside its end, and beside what `page_script` itself names.
    joined = shared | {
        "page": f"{javascript()['page']}\nconst widgets = {{}};\nconst texts = {{}};\nconst keeper = null;\n"
    }
    names = [(top, name) for name, source in joined.items() for top in TOP_LEVEL.findall(source)]
    homes: dict[str, set[str]] = {}
    for top, name in names:
        homes.setdefault(top, set()).add(name)
    assert {top: places for top, places in homes.items() if len(places) > 1} == {}
    assert len(names) == len(homes)


def test_no_shared_module_needs_itself():
    needs = {name: set(IMPORT.findall(source)) for name, source in javascript().items()}
    while free := {name for name, needed in needs.items() if not needed & needs.keys()}:
        needs = {name: needed for name, needed in needs.items() if name not in free}
    assert needs == {}


def test_node_reads_every_widget_as_a_notebook_joins_it_and_as_a_page_holds_it(node, tmp_path):
    own = {name: source for name, source in js_modules().items() if is_own(source)}
    texts = {name: notebook_module(name) for name in own}
    texts |= {f"page-{keeps}": page_script(own, "{}", keeps=keeps) for keeps in (True, False)}
    for name, text in texts.items():
        joined = tmp_path / f"{name}.mjs"
        joined.write_text(text, encoding="utf-8")
        done = subprocess.run([node, "--check", str(joined)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
