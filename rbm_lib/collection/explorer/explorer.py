"""The explorer as a Python object: in JupyterLab it exchanges ratings with Python, in a page it needs no Python."""

from __future__ import annotations

import csv
import functools
import html
import io
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rbm_lib._files import write_atomically
from rbm_lib.analysis import films_of_units, new_user, portable_machine, read_own_pairs
from rbm_lib.collection.pages import EXPLORER_MIME, explorer_module, explorer_style
from rbm_lib.collection.results import one_line
from rbm_lib.data import Ratings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from rbm_lib.models import RBM

NOTHING = "{} has no ratings yet: rate films in it, or by `rate([(title, stars), ...])`"


class Explorer:
    """A trained model to try out: rate films, watch hidden units change, see recommendations and their reasons.

    As the last line of a cell it displays itself: in JupyterLab as a widget whose ratings Python can read and set, in a
    page of `make reports` without Python, and without scripts as a table of its hidden units.

    Args:
        model: user-based `RBM`.
        ratings: `Ratings` that it was trained on. Only the number of ratings per film is used.
        items: DataFrame with item_id and title, in the order of `ratings`.
        own: initial ratings, as for `rate`; the explorer includes their films.
        num_films, most_bytes, names: as for `rbm_lib.analysis.portable_machine`.
    Raises:
        ValueError: as `portable_machine` and `rate`.
    """

    def __init__(
        self,
        model: RBM,
        ratings: Ratings,
        items: pd.DataFrame,
        *,
        own: Iterable[tuple[int | str, float]] | str | os.PathLike[str] = (),
        num_films: int = 1000,
        most_bytes: int = 200_000,
        names: Sequence[str] | None = None,
    ) -> None:
        self._ratings, self._items, self._given = ratings, items, dict[str, float]()
        rated = self._row_of(own)
        self.bundle = portable_machine(
            model,
            items,
            ratings.ratings_per_item,
            num_films=num_films,
            most_bytes=most_bytes,
            including=[] if rated is None else rated.item_index,
            names=names,
        )
        place_of = {str(own): place for place, own in enumerate(items["item_id"])}
        kept = self.bundle.get("ids", self.bundle["titles"])
        self._film = np.array([place_of[str(own)] for own in kept])  # item index of each film of the bundle
        self._place = {film: place for place, film in enumerate(self._film.tolist())}
        self._set(rated)

    @functools.cached_property
    def widget(self) -> Any:
        """The widget of JupyterLab (`anywidget`), created on first access."""
        return _widget_class()(bundle=self.bundle, ratings=self._given)

    @property
    def given(self) -> dict[str, float]:
        """The current ratings: value by index of the film in the bundle, as a string."""
        return dict(self.widget.ratings if "widget" in vars(self) else self._given)

    @property
    def own(self) -> list[tuple[str, float]]:
        """The current ratings as pairs (title, stars)."""
        return [(self.bundle["titles"][int(place)], float(value)) for place, value in self.given.items()]

    @property
    def row(self) -> Ratings:
        """The current ratings as `Ratings` of one user over all films, for `model.recommend` and the like.

        Raises:
            ValueError: if there are no ratings.
        """
        if not self.given:
            raise ValueError(NOTHING.format("the explorer"))
        films = self._film[[int(place) for place in self.given]]
        every = self._ratings.item_id
        return Ratings.from_triples(["you"] * len(films), every[films], list(self.given.values()), item_ids=every)

    def rate(self, own: Iterable[tuple[int | str, float]] | str | os.PathLike[str]) -> None:
        """Replace all ratings; the display is updated.

        Args:
            own: pairs (film, stars), a film by title or id, as for `rbm_lib.analysis.new_user`; or the path of a file
                that `save` or the button in the explorer wrote. Empty for no ratings.
        Raises:
            ValueError: for an unknown film, stars off the scale, or a film that the explorer does not contain.
        """
        self._set(self._row_of(own))

    def _row_of(self, own: Iterable[tuple[int | str, float]] | str | os.PathLike[str]) -> Ratings | None:
        """Pairs, or a file of them, as ratings over all films; None if there are none."""
        pairs = read_own_pairs(own, self._items) if isinstance(own, str | os.PathLike) else list(own)
        return new_user(pairs, self._ratings, self._items) if pairs else None

    def _set(self, row: Ratings | None) -> None:
        given: dict[str, float] = {}
        for film, value in zip(row.item_index.tolist(), row.rating.tolist(), strict=True) if row is not None else ():
            if film not in self._place:
                title = self._items["title"].iloc[film]
                found = f"found {title!r}, which fewer people rated; `Explorer(..., own=...)` takes it in"
                raise ValueError(f"own: expected one of the explorer's {len(self._place)} films, {found}")
            given[str(self._place[film])] = value
        self._given = given
        if "widget" in vars(self):
            self.widget.ratings = given

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the current ratings as CSV (item, title, rating), which `rate`, `load` and notebook 08 read.

        Args:
            path: of the file; an existing one is replaced.
        Returns:
            path: the same.
        Raises:
            ValueError: if there are no ratings.
        """
        row, text = self.row, io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["item", "title", "rating"])
        for film, value in zip(row.item_index.tolist(), row.rating.tolist(), strict=True):
            writer.writerow([row.item_id[film], self._items["title"].iloc[film], f"{value:g}"])
        write_atomically(Path(path), text.getvalue())
        return Path(path)

    @property
    def state(self) -> dict[str, Any]:
        """The data for a page: the bundle and the initial ratings."""
        return {"bundle": self.bundle, "ratings": self.given}

    def table(self) -> str:
        """The table shown without scripts: hidden units, and the films that each raises and lowers most, as HTML."""
        rows = films_of_units(self.bundle).itertuples(index=False, name=None)
        cells = [[name, ", ".join(lifts), ", ".join(lowers)] for name, lifts, lowers in rows]
        body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in cells)
        head = "".join(f'<th scope="col">{name}</th>' for name in ("hidden unit", "films it raises", "films it lowers"))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def __repr__(self) -> str:
        films, units = self.bundle["arrays"]["weights"]["shape"][::2]
        return f"Explorer({films} films, {units} hidden units, {len(self.given)} ratings)"

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Jupyter's representation: the widget if a kernel is attached, and the data for pages."""
        data: dict[str, Any] = {EXPLORER_MIME: self.state, "text/html": self.table(), "text/plain": repr(self)}
        if os.environ.get("RBM_STAGING"):  # a run of `make reports`: pages have the script and no kernel
            return data, {}
        live, metadata = self.widget._repr_mimebundle_()
        return live | data, metadata


def _cell(text: str) -> str:
    return f"<td><bdi>{html.escape(one_line(text))}</bdi></td>"


@functools.cache
def _widget_class() -> type:
    """The class of the widget; anywidget, which imports ipywidgets, is imported only here."""
    import anywidget
    import traitlets

    class ExplorerWidget(anywidget.AnyWidget):
        _esm = explorer_module()
        _css = explorer_style()
        bundle = traitlets.Dict().tag(sync=True)
        ratings = traitlets.Dict().tag(sync=True)

    return ExplorerWidget
