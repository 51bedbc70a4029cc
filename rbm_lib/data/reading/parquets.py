"""Parquet files, and folders of them, into a `RawTable`."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from .columns import choose_columns, ignored, is_count
from .faults import fault, shown
from .folders import check_types, folder_dataset
from .layouts import layout_of
from .options import Reading
from .scanning import blocks
from .sources import Source
from .tables import Coded, RawTable, coded_from_arrow, codes_of

EXACT = 2**53  # above this, floating-point numbers do not represent every whole number


def read_parquet(source: Source, options: Reading) -> RawTable:
    """The table of a Parquet file, or of a folder of them, partitioned or not.

    Args:
        source: of kind "parquet".
        options: `Reading`.
    Returns:
        table: `RawTable`; errors name rows, counted from 0.
    Raises:
        ValueError: for a damaged file, a folder without Parquet files, and columns without ids or ratings.
    """
    import pyarrow as pa

    path = source.path
    try:
        data = dataset_of(source)
        names = data.schema.names
        given = options.columns
        if isinstance(given, tuple):
            given = {role: place for place, role in enumerate(given, start=1) if role != "-"}
        layout = layout_of(names) if given is None else None
        personal = options.user is not None or (layout is not None and layout.personal)
        chosen = layout.columns_in(names) if layout else given
        place = choose_columns(names, chosen, path, "", personal, layout is not None)
        check_types(path, data, [names[one] for one in place.values()])
        table = data.to_table(columns=[names[one] for one in dict.fromkeys(place.values())])
    except (pa.ArrowException, OSError) as error:
        raise fault(
            path, "", "a whole Parquet file", f"a damaged one ({type(error).__name__})", "write it again"
        ) from None
    columns = {role: table[names[one]] for role, one in place.items()}
    raw = RawTable(
        item=ids_in(path, columns["item"], "item"),
        rating=ratings_in(path, columns["rating"]),
        user=ids_in(path, columns["user"], "user") if "user" in columns else None,
        timestamp=times_in(path, columns["timestamp"]) if "timestamp" in columns else None,
        title=_texts(columns["title"]) if "title" in columns else None,
        notes=[*source.notes, *ignored(names, place)],
        unrated=layout.unrated if layout else (),
        counts=is_count(names[place["rating"]]),
    )
    if raw.num_rows == 0:
        raise fault(path, "", "ratings", "none")
    return raw


def dataset_of(source: Source) -> Any:
    """The `pyarrow.dataset.Dataset` of a source of kind "parquet"."""
    import pyarrow as pa
    import pyarrow.dataset as arrow_dataset
    import pyarrow.parquet as parquet

    if source.path.is_dir():
        return folder_dataset(source.path)
    if source.plain:
        _refuse_twins(source.path, parquet.read_schema(source.path).names)
        return arrow_dataset.dataset(source.path, format="parquet")
    content = b"".join(blocks(source))
    return arrow_dataset.InMemoryDataset(parquet.read_table(pa.BufferReader(content)))


def _refuse_twins(path: Path, names: list[str]) -> None:
    """Raises ValueError for two columns of one name, which pyarrow cannot tell apart."""
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        raise fault(path, "", "columns of different names", f"{shown(twins[0])} twice", "rename one of them")


def decoded(column: Any) -> Any:
    """A column without its dictionary, unless it is one of texts."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type) and not is_text(column.type.value_type):
        return pa.chunked_array([chunk.dictionary_decode() for chunk in column.chunks], column.type.value_type)
    return column


def is_text(kind: Any) -> bool:
    import pyarrow as pa

    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def _texts(column: Any) -> Coded:
    import pyarrow as pa

    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not is_text(kind):
        column = column.cast(pa.string())
    elif pa.types.is_dictionary(column.type) or not pa.types.is_string(column.type):
        chunks = [chunk.dictionary_decode() if pa.types.is_dictionary(chunk.type) else chunk for chunk in column.chunks]
        column = pa.chunked_array([chunk.cast(pa.string()) for chunk in chunks], pa.string())
    return coded_from_arrow(column.fill_null(""))


def ids_in(path: Path | str, column: Any, role: str, first_row: int = 0) -> Coded:
    """Ids of a `ChunkedArray`: numbers where they are whole ones that int64 holds, else texts.

    Args:
        path, role: for errors.
        column: `pyarrow.ChunkedArray`.
        first_row: the row that errors take for the first.
    """
    import pyarrow as pa

    column = decoded(column)
    kind = column.type
    if column.null_count:
        row = int(np.flatnonzero(column.is_null().to_numpy())[0])
        raise fault(
            path,
            f"row {first_row + row}",
            f"an id of the {role}",
            "none",
            "leave such rows out when you write the file",
        )
    if pa.types.is_dictionary(kind) or is_text(kind):
        return _texts(column)
    if not any(of_kind(kind) for of_kind in _kinds_of_ids()):
        way_out = "write it as whole numbers or as text"
        if pa.types.is_struct(kind):
            way_out = "write one of its parts as a column of its own"
        raise fault(path, f"column of the {role}", "whole numbers or text", str(kind), way_out)
    coded = column.dictionary_encode().unify_dictionaries()
    codes = codes_of(coded.chunks)
    values = coded.chunk(0).dictionary if coded.num_chunks else pa.array([], kind)
    if pa.types.is_integer(kind):
        numbers = values.to_numpy(zero_copy_only=False)
        if len(numbers) and int(numbers.max()) >= 2**63:
            return Coded([str(number) for number in numbers.tolist()], codes)
        return Coded(numbers.astype(np.int64), codes)
    if pa.types.is_floating(kind):
        return _from_floats(path, values.cast(pa.float64()).to_numpy(zero_copy_only=False), codes, role, first_row)
    if pa.types.is_decimal(kind):
        return Coded([_plain(number) for number in values.to_pylist()], codes)
    try:
        return Coded([content.decode() for content in values.to_pylist()], codes)
    except UnicodeDecodeError:
        found = "bytes that are no UTF-8"
        raise fault(path, f"column of the {role}", "whole numbers or text", found, "write it as text") from None


def _kinds_of_ids() -> tuple[Any, ...]:
    from pyarrow import types

    return (
        *(types.is_integer, types.is_floating, types.is_decimal),
        *(types.is_binary, types.is_large_binary, types.is_fixed_size_binary),
    )


def _from_floats(path: Path | str, numbers: Any, codes: Any, role: str, first_row: int) -> Coded:
    wrong = ~(np.isfinite(numbers) & (numbers == np.round(numbers)) & (np.abs(numbers) < EXACT))
    if wrong.any():
        place = int(np.flatnonzero(wrong)[0])
        row = int(np.flatnonzero(codes == place)[0])
        found = f"the floating-point number {numbers[place]!r}"
        way_out = "write ids as whole numbers or as text; floating-point numbers lose digits from 2**53 on"
        raise fault(path, f"row {first_row + row}", f"an id of the {role}, a whole number or text", found, way_out)
    return Coded(numbers.astype(np.int64), codes)


def _plain(number: Decimal) -> str:
    return str(int(number)) if number == int(number) else str(number)


def ratings_in(path: Path | str, column: Any) -> Any:
    """Ratings of a `ChunkedArray`: float64, NaN where there is none, or `Coded` texts."""
    import pyarrow as pa

    column = decoded(column)
    kind = column.type
    if pa.types.is_dictionary(kind) or is_text(kind):
        return _texts(column)
    if pa.types.is_boolean(kind):
        column = column.cast(pa.int8())
    elif pa.types.is_decimal(kind) or pa.types.is_null(kind):
        column = column.cast(pa.float64())
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        way_out = "write one of its parts as a column of its own" if pa.types.is_nested(kind) else "write it as numbers"
        raise fault(path, "column of the rating", "numbers", str(kind), way_out)
    return column.to_numpy().astype(np.float64)


def times_in(path: Path | str, column: Any) -> Any:
    """Times of a `ChunkedArray`: datetime64, numbers or `Coded` texts."""
    import pyarrow as pa

    column = decoded(column)
    kind = column.type
    if pa.types.is_dictionary(kind) or is_text(kind):
        return _texts(column)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return column.cast(pa.timestamp("us"), safe=False).to_numpy().astype("datetime64[us]")
    if pa.types.is_null(kind):
        return np.full(len(column), np.datetime64("NaT", "us"))
    if pa.types.is_integer(kind):
        return column.to_numpy()
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return column.cast(pa.float64()).to_numpy()
    raise fault(path, "column of the timestamp", "times", str(kind), "dates='ignore' reads the ratings without times")
