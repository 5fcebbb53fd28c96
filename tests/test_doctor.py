"""The doctor names what is broken, in words and with the command that mends it."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib

import pytest

import edutools
from edutools import cli
from edutools.course import doctor as doctoring
from edutools.course.doctor import examine

LAB = {"ipywidgets": "8.1.9", "jupyterlab-widgets": "3.0.16", "jupyterlab": "4.4.0"}
CLASSIC = {"ipywidgets": "7.7.1", "widgetsnbextension": "3.6.10", "notebook": "6.5.7"}
MANAGER = "labextensions/@jupyter-widgets/jupyterlab-manager/package.json"
EXTENSIONS = {
    "jupyterlab": {MANAGER: '{"version": "5.0.16"}', "labextensions/anywidget/package.json": None},
    "notebook": {
        "nbextensions/jupyter-js-widgets/extension.js": "",
        "nbextensions/anywidget/extension.js": "",
    },
}


@pytest.fixture
def broken(root, tmp_path):
    """The examination of an environment of every package in its oldest version, but for what is said."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [
        *project["dependencies"],
        *project["optional-dependencies"]["bias"],
        "ipykernel>=7",
        "ipython>=9",
    ]
    oldest = {line.split(">=")[0]: line.split(">=")[1].split(",")[0] for line in lines}

    def look(*, without=(), files=(), **versions):
        versions = {name.replace("_", "-"): version for name, version in versions.items()}
        for name, version in (oldest | {"edutools": "0.1.0"} | versions).items():
            if name not in without:
                _package(tmp_path / "site", name, version)
        for name, text in dict(files).items():
            path = tmp_path / "share" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text or json.dumps({"version": oldest["anywidget"]}), encoding="utf-8")
        return examine([str(tmp_path / "site")], [tmp_path / "users", tmp_path / "share"])

    return look


def _package(site, name, version):
    folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def packages_wrong(found):
    return {each.name: each.wrong for each in found.packages if each.wrong}


def test_the_environment_of_the_tests_is_well(capsys):
    edutools.doctor()
    said = capsys.readouterr().out
    assert said.endswith("Nothing is to be mended.\n")
    assert f"in {sys.prefix}" in said
    assert "JupyterLab" in said and "widgets can show" in said


def test_the_oldest_of_everything_is_well(broken):
    found = broken(files=EXTENSIONS["jupyterlab"], **LAB)
    assert (packages_wrong(found), [place.wrongs for place in found.places], found.command) == ({}, [[]], "")


def test_an_old_package_is_named_with_the_command_that_mends_it(broken):
    found = broken(anywidget="0.9.2", pandas="1.5.3", **CLASSIC, files=EXTENSIONS["notebook"])
    assert packages_wrong(found) == {
        "anywidget": "too old; edutools needs >=0.9.21",
        "pandas": "too old; edutools needs >=2.2.1",
    }
    assert found.command == f"{sys.executable} -m pip install 'anywidget>=0.9.21' 'pandas>=2.2.1'"
    assert str(found).count(found.command) == 1
    assert "anywidget          0.9.2      too old" in str(found)


@pytest.mark.parametrize(
    ("version", "wrong"),
    [
        ("7.0", {"fsrs": "too new; edutools needs >=6.2,<7"}),
        ("6.9.9", {}),
        ("6.2.0", {}),
        ("6.10", {}),
        ("6.1.9", {"fsrs": "too old; edutools needs >=6.2,<7"}),
    ],
)
def test_a_range_has_two_ends(broken, version, wrong):
    assert packages_wrong(broken(fsrs=version)) == wrong


def test_what_is_missing_is_wrong_where_edutools_cannot_do_without_it(broken):
    found = broken(without=["anywidget", "fairlearn"])
    assert packages_wrong(found) == {"anywidget": "missing; edutools needs >=0.9.21"}
    assert "fairlearn          –          not installed; needed for some mitigations" in str(found)


def test_ipywidgets_7_cannot_show_in_jupyterlab(broken):
    found = broken(
        **LAB | {"ipywidgets": "7.7.1", "jupyterlab-widgets": "1.1.0"}, files=EXTENSIONS["jupyterlab"]
    )
    assert found.places[0].wrongs == ["ipywidgets must be 8 or newer here, got 7.7.1"]
    assert found.command == f"{sys.executable} -m pip install 'ipywidgets>=8'"


def test_two_generations_of_ipywidgets_are_found_in_classic_notebook(broken):
    found = broken(**CLASSIC | {"widgetsnbextension": "4.0.13"}, files=EXTENSIONS["notebook"])
    assert found.places[0].wrongs == ["ipywidgets 7.7.1 needs widgetsnbextension 3, got 4.0.13"]
    assert found.command == f"{sys.executable} -m pip install 'widgetsnbextension==3.*'"


@pytest.mark.parametrize(("front_end", "versions"), [("jupyterlab", LAB), ("notebook", CLASSIC)])
@pytest.mark.parametrize("gone", [0, 1])
def test_a_part_that_is_missing_in_the_browser_is_installed_again(broken, front_end, versions, gone):
    files = dict(list(EXTENSIONS[front_end].items())[1 - gone : 2 - gone])
    found = broken(**versions, files=files)
    manager = {"jupyterlab": "jupyterlab-widgets", "notebook": "widgetsnbextension"}[front_end]
    package = [manager, "anywidget"][gone]
    assert found.places[0].wrongs == [f"the part of {package} that runs in the browser is not there"]
    version = ({"anywidget": "0.9.21"} | versions)[package]
    expected = f"{sys.executable} -m pip install --force-reinstall --no-deps {package}=={version}"
    assert found.command == expected


def test_an_older_copy_that_hides_the_installed_one_is_found_and_removed(broken, tmp_path):
    stale = tmp_path / "users" / "labextensions" / "anywidget"
    stale.mkdir(parents=True)
    (stale / "package.json").write_text('{"version": "0.9.0"}')
    found = broken(**LAB, files=EXTENSIONS["jupyterlab"])
    assert found.places[0].wrongs == [f"{stale} holds anywidget 0.9.0 and hides 0.9.21"]
    subprocess.run(found.command, shell=True, check=True)
    assert not stale.exists()
    folders = [tmp_path / "users", tmp_path / "share"]
    assert examine([str(tmp_path / "site")], folders).well


def test_without_a_program_that_shows_notebooks_it_says_where_widgets_would_come_from(broken):
    assert "No JupyterLab or Notebook is in this environment" in str(broken())


def test_a_notebook_of_version_7_shows_widgets_as_jupyterlab_does(broken):
    versions = {name: version for name, version in LAB.items() if name != "jupyterlab"}
    [place] = broken(notebook="7.4.0", **versions, files=EXTENSIONS["jupyterlab"]).places
    assert (place.name, place.wrongs) == ("Jupyter Notebook", [])


def test_it_stands_on_python_alone(root):
    # With -S and no site-packages: what is broken cannot stop it.
    code = "import sys; sys.path.insert(0, sys.argv[1]); import edutools; edutools.doctor()"
    command = [sys.executable, "-I", "-S", "-c", code, str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "anywidget          –          missing; edutools needs >=0.9.21" in done.stdout


def test_the_commands_exit_status_says_whether_all_is_well(monkeypatch, broken, capsys):
    assert cli.main(["doctor"]) == 0
    found = broken(without=["numpy"])
    monkeypatch.setattr(doctoring, "examine", lambda: found)
    assert cli.main(["doctor"]) == 1
    assert found.command in capsys.readouterr().out
