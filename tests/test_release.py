"""The version stands in one place, and what names it agrees: changelog, citation, package."""

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest
import yaml

import rbm_lib

ROOT = Path(__file__).parents[1]
# Of the schema 1.2.0 of the Citation File Format: what a file must have, and what it may have.
REQUIRED = {"cff-version", "message", "title", "authors"}
ALLOWED = REQUIRED | {
    "abstract", "commit", "contact", "date-released", "doi", "identifiers", "keywords", "license", "license-url",
    "preferred-citation", "references", "repository", "repository-artifact", "repository-code", "type", "url",
    "version",
}  # fmt: skip
PERSON_OR_ENTITY = {"name", "alias", "website", "family-names", "given-names", "affiliation", "email", "orcid"}


@pytest.fixture(scope="module")
def citation():
    return yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def entries():
    """(version, date) of every entry of the changelog, the newest first."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    return re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)$", text, re.MULTILINE)


def test_changelog_citation_and_package_name_the_same_version(entries, citation):
    assert entries[0][0] == citation["version"] == rbm_lib.__version__


def test_the_version_is_written_in_one_place_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in project["project"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "rbm_lib.__version__"}
    written = [path for path in ROOT.glob("rbm_lib/**/*.py") if rbm_lib.__version__ in path.read_text(encoding="utf-8")]
    assert written == [ROOT / "rbm_lib" / "__init__.py"]


def test_the_changelog_descends(entries):
    versions = [tuple(map(int, version.split("."))) for version, _ in entries]
    days = [date.fromisoformat(day) for _, day in entries]
    assert versions == sorted(set(versions), reverse=True)
    assert days == sorted(days, reverse=True)


def test_the_citation_keeps_to_its_schema(citation, entries):
    assert citation["cff-version"] == "1.2.0"
    assert REQUIRED <= citation.keys() <= ALLOWED
    assert citation["type"] in ("software", "dataset")
    assert citation["date-released"] == entries[0][1]  # a string: a bare date would be read as one
    assert all(author.keys() <= PERSON_OR_ENTITY for author in citation["authors"])
    for reference in citation["references"]:
        assert {"type", "title", "authors"} <= reference.keys()
        assert re.fullmatch(r"10\.\d{4,}/\S+", reference["doi"])


def test_the_citation_names_the_licence_and_its_holders(citation):
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert licence.startswith(f"{citation['license']} License")
    assert all(author["name"] in licence for author in citation["authors"])


def moved_to():
    """The statements of the changelog's table of what moved that an importer can copy as they stand."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| .+ \| (.+) \|$", text, re.MULTILINE)
    return [code for row in rows for code in re.findall(r"`(from rbm_lib[^`]*)`", row)]


def test_what_moved_is_where_the_changelog_says():
    statements = moved_to()
    assert len(statements) > 4
    for statement in statements:
        exec(statement, {})  # an ImportError says which
