"""Put finished pages together as a site: `python -m rbm_lib.collection.reports.site FOLDER`.

The site holds the collection's pages, the API reference beside them, and a first page that leads to both. Nothing is run
and nothing is drawn: what has not been made is not there, and a link that leads nowhere is an error.
"""

import argparse
import html
import re
import shutil
import sys
from pathlib import Path

from rbm_lib._files import write_atomically

from .. import places
from ..tools import exit_status

PAGES = ("index.html", "search.html", "glossary.html", "[0-9][0-9]-*.html")
LINK = re.compile(r'<a\b[^>]*?\shref="(?!\w+:)([^"]+)"')
IDENTITY = re.compile(r'\sid="([^"]+)"')
FIRST = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0; url={start}">
<title>Boltzmann at the Movies</title>
</head>
<body><p><a href="{start}">Boltzmann at the Movies</a></p></body>
</html>
"""


class SiteError(ValueError):
    """A site that cannot be published: pages are missing, or a link leads nowhere."""


def build_site(site: Path, dataset: str = "ml-1m", profile: str = "full") -> list[Path]:
    """Copy what a site consists of.

    Args:
        site: a folder that is empty or does not exist.
        dataset, profile: whose pages they are.
    Returns:
        pages: every page of the site.
    Raises:
        SiteError: if the folder is not empty, there are no pages, or a link leads nowhere.
    """
    if site.exists() and (not site.is_dir() or any(site.iterdir())):
        raise SiteError(f"{site}: expected an empty folder or none, found something there; name another")
    folder = places.report_folder(dataset, profile)
    pages = [path for pattern in PAGES for path in sorted(folder.glob(pattern))]
    if folder / "index.html" not in pages:
        way_out = f"`{places.make_command(dataset, profile)}` makes them"
        raise SiteError(f"{folder}: expected the pages of a finished run, found no index.html; {way_out}")
    root = places.reports_root()
    for path in [*pages, *sorted(places.docs_folder().glob("*.html"))]:
        target = site / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    write_atomically(site / "index.html", FIRST.format(start=(folder / "index.html").relative_to(root).as_posix()))
    made = sorted(site.rglob("*.html"))
    dead = dead_links(site, made)
    if dead:
        raise SiteError(f"{site}: expected every link to lead somewhere, found {len(dead)} that do not: {dead[0]}")
    return made


def dead_links(site: Path, pages: list[Path]) -> list[str]:
    """Links among pages that lead to no page, or to no place on it.

    Args:
        site: their folder.
        pages: of the site.
    Returns:
        dead: as `page: address`.
    """
    texts = {path.resolve(): path.read_text(encoding="utf-8") for path in pages}
    anchors = {path: set(map(html.unescape, IDENTITY.findall(text))) for path, text in texts.items()}
    found = []
    for path, text in texts.items():
        for address in dict.fromkeys(LINK.findall(text)):
            name, _, anchor = html.unescape(address).partition("#")
            target = (path.parent / name).resolve() if name else path
            if target not in anchors or (anchor and anchor not in anchors[target]):
                found.append(f"{path.relative_to(site.resolve())}: {address}")
    return found


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit status: 0, 1 for a disk that refuses, 2 for a site that cannot be published."""
    program = "python -m rbm_lib.collection.reports.site"
    parser = argparse.ArgumentParser(prog=program, description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the site goes: an empty folder, or none yet")
    parser.add_argument("--dataset", default="ml-1m", help="whose pages are published")
    parser.add_argument("--profile", default="full", choices=places.PROFILES)
    chosen = parser.parse_args(arguments)
    return exit_status(lambda: run(chosen))


def run(chosen: argparse.Namespace) -> int:
    """Build the site and print its size; returns the exit status."""
    made = build_site(chosen.folder, chosen.dataset, chosen.profile)
    print(f"{chosen.folder}: {len(made)} pages, {sum(path.stat().st_size for path in made) / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
