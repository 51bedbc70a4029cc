"""Folders of Parquet files as one dataset: which files, their partitions as text, and one type for each column."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from .faults import fault, listed, shown

TABLE_LOGS = {"_delta_log": "Delta Lake", ".hoodie": "Hudi"}  # which say what files of the folder belong to the table


def folder_dataset(path: Path) -> Any:
    """The `pyarrow.dataset.Dataset` of a folder of Parquet files.

    Partitions, `user=007/part-0.parquet`, are columns of text: pyarrow would read 007 as 7, another user.

    Args:
        path: the folder; folders in it too, but not those whose names begin with `_` or a dot.
    Returns:
        data: `pyarrow.dataset.Dataset`; a column's type is the widest of all files, if they have one.
    Raises:
        ValueError: for files that are no Parquet, or none at all.
    """
    import pyarrow as pa
    import pyarrow.dataset as arrow_dataset

    files = _files_in(path)
    if not files:
        raise fault(path, "", "a folder of Parquet files", "none", "name a folder that holds some, or one file")
    others = [one.name for one in files if not _is_parquet(one)]
    if others:
        found = f"{listed(others)}, {'which is none' if len(others) == 1 else 'which are none'}"
        raise fault(path, "", "a folder of Parquet files", found, "name one file of it")
    parts = [part.partition("=")[0] for one in files for part in one.relative_to(path).parent.parts if "=" in part]
    names = [str(one) for one in files]
    own = arrow_dataset.dataset(names[0], format="parquet").schema.names
    keys = [key for key in dict.fromkeys(map(unquote, parts)) if key not in own]
    where: dict[str, Any] = {"format": "parquet", "partition_base_dir": str(path)}
    where["partitioning"] = text_partitions(keys)
    data = arrow_dataset.dataset(names, **where)
    schemas = [fragment.physical_schema for fragment in data.get_fragments()]
    if all(schema.equals(schemas[0]) for schema in schemas):
        return data
    fields = dict.fromkeys(name for schema in schemas for name in schema.names)
    common = [_common(schemas, name) or _types(schemas, name)[0] for name in fields]
    return arrow_dataset.dataset(names, schema=pa.schema([*common, *((key, pa.string()) for key in keys)]), **where)


def check_types(path: Path, data: Any, names: Sequence[str]) -> None:
    """Checks that columns have types that go together in all files of a folder.

    Args:
        path: of the folder, for errors.
        data: its `pyarrow.dataset.Dataset`.
        names: the columns that are needed.
    Raises:
        ValueError: naming the column and two files.
    """
    if not path.is_dir():
        return
    parts = [(Path(part.path), part.physical_schema) for part in data.get_fragments()]
    for name in names:
        with_it = [(file, schema.field(name)) for file, schema in parts if name in schema.names]
        if not with_it or _common([schema for _, schema in parts], name) is not None:
            continue  # a partition, or a column of types that go together
        first = with_it[0]
        for other in with_it[1:]:
            if _unified([first[1], other[1]]) is None:
                types = " and ".join(f"as {field.type} in {shown(file.name)}" for file, field in (first, other))
                found, way_out = f"{shown(name)} {types}", "write the files with one type"
                raise fault(path, "", "columns of one type in all files", found, way_out)


def _types(schemas: Sequence[Any], name: str) -> list[Any]:
    return [schema.field(name) for schema in schemas if name in schema.names]


def _common(schemas: Sequence[Any], name: str) -> Any:
    """The column with the type that holds those of all files; None if there is none."""
    fields = _types(schemas, name)
    return fields[0] if all(one.equals(fields[0]) for one in fields) else _unified(fields)


def _unified(fields: Sequence[Any]) -> Any:
    import pyarrow as pa

    plain = [one.with_type(one.type.value_type) if pa.types.is_dictionary(one.type) else one for one in fields]
    try:
        return pa.unify_schemas([pa.schema([one.remove_metadata()]) for one in plain], promote_options="permissive")[0]
    except pa.ArrowException:
        return None


def text_partitions(keys: Sequence[str]) -> Any:
    """The partitioning of folders such as `user=007`, whose values stay text; None without keys."""
    import pyarrow as pa
    import pyarrow.dataset as arrow_dataset

    if not keys:
        return None
    return arrow_dataset.partitioning(pa.schema([(key, pa.string()) for key in keys]), flavor="hive")


def _files_in(path: Path) -> list[Path]:
    """The files of a folder in the order of their paths; a folder that is linked twice, or into itself, counts once."""
    files, seen = [], set()
    for folder, folders, names in os.walk(path, followlinks=True):
        for log in set(folders) & TABLE_LOGS.keys():
            found, way_out = f"a table of {TABLE_LOGS[log]}", "write its rows to Parquet files, or name one file of it"
            raise fault(folder, "", "a folder of Parquet files", found, way_out)
        seen.add(os.path.realpath(folder))
        folders[:] = [
            one for one in folders
            if not one.startswith((".", "_")) and os.path.realpath(os.path.join(folder, one)) not in seen
        ]  # fmt: skip
        files += [Path(folder, name) for name in names if not name.startswith((".", "_"))]
    return sorted((one for one in files if one.is_file()), key=str)


def _is_parquet(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(4) == b"PAR1"
