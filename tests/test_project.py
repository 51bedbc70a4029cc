"""The project's own files agree with each other: dependencies, lock, environment.yml, Makefile, repository."""

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PYPROJECT = ROOT / "pyproject.toml"
LOCK = ROOT / "requirements.lock"


@pytest.fixture(scope="module")
def project():
    return tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def locked():
    """Every locked version of every package, and the lock's text."""
    text = LOCK.read_text(encoding="utf-8")
    versions = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", text, re.MULTILINE):
        versions.setdefault(canonicalize_name(name), []).append(version)
    return versions, text


def declared(project):
    groups = [project["project"]["dependencies"], project["project"]["optional-dependencies"]["cpu"]]
    return [Requirement(line) for group in [*groups, *project["dependency-groups"].values()] for line in group]


def test_the_lock_satisfies_every_declared_dependency(project, locked):
    versions, _ = locked
    for requirement in declared(project):
        found = versions.get(canonicalize_name(requirement.name), [])
        assert found, f"{requirement.name} is not locked: make lock"
        assert all(requirement.specifier.contains(version) for version in found), f"{requirement}: locked {found}"


def test_the_lock_has_hashes_and_no_address(locked):
    _, text = locked
    assert "://" not in text
    blocks = re.split(r"^(?=[A-Za-z0-9._-]+==)", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in block for block in blocks)


def test_only_one_tensorflow_is_installed_anywhere(locked):
    versions, text = locked
    assert versions["tensorflow"] == versions["tensorflow-cpu"]
    markers = dict(re.findall(r"^(tensorflow(?:-cpu)?)==\S+ ; ([^\\]+)", text, re.MULTILINE))
    for system, machine in (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("win32", "AMD64")):
        here = {"sys_platform": system, "platform_machine": machine}
        wanted = [name for name, marker in markers.items() if Marker(marker.strip()).evaluate(here)]
        assert len(wanted) == 1, (here, wanted)


def test_every_dependency_says_why(project):
    """In pyproject.toml each dependency has a comment on its line, or above it or its neighbour."""
    lines = PYPROJECT.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if re.match(r'\s+"[A-Za-z]', line) and ("==" in line or ">=" in line):
            nearby = [line, *lines[max(0, number - 3) : number]]
            assert any("#" in text for text in nearby), f"pyproject.toml:{number + 1}: {line.strip()} has no reason"


@pytest.mark.parametrize("file", ["environment.yml", ".binder/environment.yml"])
def test_environment_yml_agrees(project, file):
    environment = yaml.safe_load((ROOT / file).read_text(encoding="utf-8"))
    plain = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    python = next(entry.split("=")[1] for entry in plain if entry.startswith("python="))
    assert SpecifierSet(project["project"]["requires-python"]).contains(f"{python}.0")
    (from_pip,) = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    (requirements,) = [line.removeprefix("-r ").strip() for line in from_pip]
    assert ((ROOT / file).parent / requirements).resolve() == LOCK  # conda reads it from the file's own folder
    assert set(plain) == {f"python={python}", "pip"}  # nothing whose version could disagree with the lock


def test_the_dev_container_makes_the_environment(project):
    folder = ROOT / ".devcontainer"
    container = json.loads((folder / "devcontainer.json").read_text(encoding="utf-8"))
    docker = (folder / container["build"]["dockerfile"]).read_text(encoding="utf-8")
    (python,) = re.findall(r"^FROM python:([\d.]+)", docker, re.MULTILINE)
    assert SpecifierSet(project["project"]["requires-python"]).contains(f"{python}.0")
    command, target = container["postCreateCommand"].split()
    assert command == "make"
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert command in docker.split()
    interpreter = container["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert interpreter.endswith("/.venv/bin/python")


@pytest.mark.parametrize("script", ["scripts/colab.sh", "scripts/setup-environment.sh", ".binder/postBuild"])
def test_a_script_is_one(script):
    """Its syntax holds; those that install the lock require its hashes, and add the library alone."""
    text = (ROOT / script).read_text(encoding="utf-8")
    assert subprocess.run(["sh", "-n", ROOT / script], check=False).returncode == 0
    assert "--no-deps --no-build-isolation --editable ." in text
    if script.startswith("scripts/"):
        assert "--require-hashes" in text
    else:
        assert os.access(ROOT / script, os.X_OK)  # Binder runs it as a program


def test_colab_names_a_python_that_is_too_old(tmp_path):
    old = tmp_path / "python"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.8.1\nexit 1\n')
    old.chmod(0o755)
    done = subprocess.run(
        ["sh", ROOT / "scripts/colab.sh"], env=os.environ | {"PYTHON": str(old)}, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "is Python 3.8.1, expected Python 3.11, 3.12 or 3.13" in done.stderr


def test_make_alone_explains_every_command():
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    documented = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for target in documented:
        assert f"make {target} " in shown
    assert {"reports", "test", "lab", "clean", "lock"} <= set(documented)


def test_no_ratings_and_no_machine_paths_are_committed():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    files = listed.stdout.splitlines()
    assert not [f for f in files if re.search(r"(^|/)(ratings\.(dat|csv|parquet)|u\.data|u[1-5ab]\.(base|test))$", f)]
    home = str(ROOT.parent)
    for file in files:
        path = ROOT / file
        if len(home) > 1 and path.suffix in {".py", ".md", ".ipynb", ".json", ".yml", ".yaml", ".toml", ".lock", ".sh"}:
            assert f"{home}/" not in path.read_text(encoding="utf-8"), f"{file} names this machine's {home}"
