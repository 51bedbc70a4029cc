"""A text into a `RawTable`: by compiled code if every line is regular, else record by record."""

from typing import Any

from .columns import is_count
from .dialects import Dialect, find_dialect
from .faults import fault
from .options import Reading
from .quotes import all_proper
from .records import line_finder, records
from .scanning import LONGEST_LINE, Scan, first_lines, open_text, said_encoding, scan, undecodable
from .sources import Source, reading
from .streams import Blocks
from .tables import Coder, RawTable, coded_from_arrow

LINES = 200  # examined to find the dialect
STAND_IN = b"\x1f"  # for a separator of two characters, because compiled readers need one
AT_ONCE = 1 << 23  # bytes that pyarrow parses at once


def read_text(source: Source, options: Reading) -> RawTable:
    """The table of a text.

    Args:
        source: of kind "text".
        options: `Reading`.
    Returns:
        table: `RawTable`.
    Raises:
        ValueError: naming the line of the first fault.
    """
    found = scan(source, options.encoding)
    if found.is_long:
        said = f"one of more than {LONGEST_LINE >> 20} MB"
        raise fault(source.path, "", "lines of ratings", said, "is it a table, and are its quotes closed?")
    lines = first_lines(source, found, LINES)
    dialect = find_dialect(source.path, lines, options)
    table = _read_compiled(source, found, dialect, lines)
    if table is None:
        table = _read_records(source, found, dialect)
    table.notes = [*source.notes, *said_encoding(found, options.encoding), *dialect.notes, *table.notes]
    table.unrated = dialect.layout.unrated if dialect.layout else ()
    table.counts = is_count(dialect.names[dialect.place["rating"]])
    return table


def _read_compiled(source: Source, found: Scan, dialect: Dialect, lines: list[str]) -> RawTable | None:
    """The table by pyarrow, or None if it might read a line differently from `records`."""
    import pyarrow as pa
    import pyarrow.csv as arrow_csv

    separator = dialect.separator.encode()
    if not found.plain or separator == b" " or dialect.by_item or dialect.year is not None:
        return None
    quoted = found.quotes and dialect.quotes is not False
    if quoted and not all(all_proper(block, separator) for block in Blocks(source, found, 0).whole_lines()):
        return None
    names = [f"{place}" for place in range(dialect.width)]
    types = {names[place]: pa.dictionary(pa.int32(), pa.string()) for place in dialect.place.values()}
    types[names[dialect.place["rating"]]] = pa.float64()
    if "timestamp" in dialect.place:
        types[names[dialect.place["timestamp"]]] = pa.int64()
    replaced = (separator, STAND_IN) if len(separator) > 1 else None
    try:
        table = arrow_csv.read_csv(
            pa.PythonFile(Blocks(source, found, dialect.first, replaced), mode="r"),
            read_options=arrow_csv.ReadOptions(column_names=names, block_size=AT_ONCE),
            parse_options=arrow_csv.ParseOptions(
                delimiter=(STAND_IN if replaced else separator).decode(), quote_char='"' if quoted else False
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=types, include_columns=list(types), null_values=[], strings_can_be_null=False
            ),
            memory_pool=pa.system_memory_pool(),  # returns freed memory
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        return None
    before = sum(bool(line) for line in lines[: dialect.first])
    rating = table[names[dialect.place["rating"]]]
    if table.num_rows != found.num_lines - before or not _is_finite(rating):
        return None
    if is_count(dialect.names[dialect.place["rating"]]) and not _is_whole(rating):
        return None  # 1.234 plays: the point may stand before thousands
    del rating
    columns = {role: table[names[place]] for role, place in dialect.place.items()}
    del table
    pa.system_memory_pool().release_unused()
    return _from_arrow(columns, dialect, source, found)


def _is_finite(column: Any) -> bool:
    import pyarrow.compute as pc

    return bool(pc.all(pc.is_finite(column)).as_py() is not False)


def _is_whole(column: Any) -> bool:
    import pyarrow.compute as pc

    return bool(pc.all(pc.equal(pc.floor(column), column)).as_py() is not False)


def _from_arrow(columns: dict[str, Any], dialect: Dialect, source: Source, found: Scan) -> RawTable:
    import pyarrow as pa

    taken: dict[str, Any] = {}
    for role in list(columns):
        column = columns.pop(role)  # each column is dropped as soon as it is converted
        taken[role] = column.to_numpy() if role in ("rating", "timestamp") else coded_from_arrow(column)
    pa.system_memory_pool().release_unused()
    return RawTable(**taken, where=line_finder(source.path, lambda: open_text(source, found), dialect))


def _read_records(source: Source, found: Scan, dialect: Dialect) -> RawTable:
    coders = {role: Coder() for role in dialect.place}
    places = [(coders[role].add, place) for role, place in dialect.place.items()]
    named, year = dialect.named, dialect.year
    with reading(source.path), open_text(source, found) as lines:
        try:
            for _, values in records(source.path, lines, dialect):
                if year is not None and values[year].strip():
                    values[named] = f"{values[named].strip()} ({values[year].strip()})"
                for add, place in places:
                    add(values[place])
        except UnicodeDecodeError:
            raise undecodable(source, found) from None
    columns = {role: coder.coded() for role, coder in coders.items()}
    if len(columns["item"]) == 0:
        raise fault(source.path, "", "ratings", "none below the line that names the columns")
    return RawTable(**columns, where=line_finder(source.path, lambda: open_text(source, found), dialect))  # type: ignore[arg-type]
