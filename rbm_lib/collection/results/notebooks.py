"""Read a notebook's source: its question, its parameters, and the results it needs. Standard library only."""

import ast
import hashlib
import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from .. import places

SLUG = re.compile(r"\d\d-[a-z0-9]+(?:-[a-z0-9]+)*")
EVERY_RESULT = "`results/*.json`"  # on a Reads line: all existing results of the earlier notebooks
SLUG_IN_TICKS = re.compile(r"`(\d\d-[a-z0-9]+(?:-[a-z0-9]+)*)`")
INJECTED = ("DATASET", "PROFILE")  # the parameters that the runner gives every notebook
SCALARS = {"int": int, "float": float, "str": str, "bool": bool, "None": type(None)}


class NotebookError(ValueError):
    """A notebook or its parameter file violates a rule that the runner relies on."""


@dataclass(frozen=True)
class Parameter:
    """One line of a parameters cell: `NUM_HIDDEN: int = 100  # hidden units`."""

    name: str
    annotation: str
    default: object

    def convert(self, value: object) -> object:
        """`value` as the declared type; a number written as text becomes a float if a float is declared.

        Raises:
            TypeError: if it does not fit.
        """
        return convert(value, ast.parse(self.annotation, mode="eval").body)


def convert(value: object, annotation: ast.expr) -> object:
    """Fit a value to an annotation made of int, float, str, bool, None, list[...], tuple[...] and `|`."""
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        try:
            return convert(value, annotation.left)
        except TypeError:
            return convert(value, annotation.right)
    if isinstance(annotation, ast.Subscript):
        return convert_sequence(value, annotation)
    name = ast.unparse(annotation)
    if name in ("list", "tuple") and isinstance(value, list | tuple):
        return type(value)(value)
    if name not in SCALARS:
        raise TypeError(f"unknown annotation {name}")
    if name == "float" and isinstance(value, int | str) and not isinstance(value, bool):
        try:
            return float(value)  # YAML reads 1e-3 as text
        except ValueError:
            raise TypeError(name) from None
    if type(value) is not SCALARS[name]:
        raise TypeError(name)
    return value


def convert_sequence(value: object, annotation: ast.Subscript) -> list[object]:
    """Fit a list or tuple to `list[T]`, `tuple[T, ...]` or `tuple[T, U]`; returns a list, as YAML writes it."""
    if ast.unparse(annotation.value) not in ("list", "tuple"):
        raise TypeError(f"unknown annotation {ast.unparse(annotation)}")
    if not isinstance(value, list | tuple):
        raise TypeError(ast.unparse(annotation))
    inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    inner = [one for one in inner if not (isinstance(one, ast.Constant) and one.value is ...)]
    if len(inner) == 1:
        inner = inner * len(value)
    if len(inner) != len(value):
        raise TypeError(ast.unparse(annotation))
    return [convert(one, kind) for one, kind in zip(value, inner, strict=True)]


@dataclass(frozen=True, eq=False)
class Notebook:
    """A notebook's source. Made by `parse_notebook`."""

    path: Path
    cells: tuple[dict[str, Any], ...]  # as in the file, each with `source` joined to one text
    metadata: dict[str, Any]

    @property
    def slug(self) -> str:
        """File name without suffix, such as `02-the-machine`."""
        return self.path.stem

    @property
    def number(self) -> str:
        """The two digits of its place in the order."""
        return self.slug[:2]

    @cached_property
    def title_cell(self) -> str:
        """Source of the first cell, if it is Markdown."""
        first = self.cells[0] if self.cells else {}
        return first.get("source", "") if first.get("cell_type") == "markdown" else ""

    @cached_property
    def title(self) -> str:
        """The `#` heading of the first cell, without a leading number."""
        match = re.search(r"^# +(.+?) *$", self.title_cell, re.MULTILINE)
        if not match:
            raise NotebookError(f"{self.path.name}: expected a title (`# ...`) in its first cell, found none")
        return re.sub(r"^\d+[.:]? +(?=\D)", "", match[1])

    @cached_property
    def question(self) -> str:
        """The one sentence of the first cell that ends in `?`, without emphasis marks."""
        body = re.sub(r"^#.*$", "", self.title_cell, flags=re.MULTILINE)
        for paragraph in re.split(r"\n\s*\n", body):
            text = " ".join(re.sub(r"[*_]{1,2}(?=\S)|(?<=\S)[*_]{1,2}", "", paragraph).split())
            match = re.search(r"(?:^|[.!?:]\s+)((?:[^.!?]|[.](?=\S))+\?)", text)
            if match:
                return match[1].strip()
        raise NotebookError(
            f"{self.path.name}: expected a question (a sentence ending in ?) in its first cell, found none"
        )

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """Notebooks whose results or models this one reads: the names in backticks on its `**Reads:**` line."""
        line = self.title_line("Reads")
        return tuple(dict.fromkeys(SLUG_IN_TICKS.findall(line or "")))

    @cached_property
    def surveys(self) -> bool:
        """True for a notebook that reads all existing results of the earlier ones; it does not require any."""
        return EVERY_RESULT in (self.title_line("Reads") or "")

    @cached_property
    def follows(self) -> tuple[str, ...]:
        """Notebooks that this one runs after: those it reads; for one that surveys, every earlier one in its folder."""
        if not self.surveys:
            return self.reads
        beside = (path.stem for path in sorted(self.path.parent.glob("[!.]*.ipynb")))
        return tuple(dict.fromkeys([*self.reads, *(slug for slug in beside if slug < self.slug)]))

    def title_line(self, word: str) -> str | None:
        """The line (with its continuation) of the first cell that starts with `**word:**`, else None."""
        match = re.search(
            rf"^(?:- )?\*\*{word}:?\*\*:?(.*(?:\n(?!\s*\n|(?:- )?\*\*).*)*)", self.title_cell, re.MULTILINE
        )
        return match[1].strip() if match else None

    @cached_property
    def parameters_cell(self) -> str:
        """Source of the cell tagged `parameters`."""
        tagged = [c for c in self.cells if "parameters" in c.get("metadata", {}).get("tags", [])]
        if len(tagged) != 1:
            raise NotebookError(f"{self.path.name}: expected one cell tagged parameters, found {len(tagged)}")
        return tagged[0]["source"]

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """Declared parameters by name."""
        found = {}
        for node in ast.parse(self.parameters_cell).body:
            if not isinstance(node, ast.AnnAssign) or node.value is None or not isinstance(node.target, ast.Name):
                line = ast.unparse(node)
                raise NotebookError(f"{self.path.name}: parameters: expected `NAME: type = literal`, found `{line}`")
            try:
                default = ast.literal_eval(node.value)
            except ValueError:
                value = ast.unparse(node.value)
                raise NotebookError(
                    f"{self.path.name}: {node.target.id}: expected a literal, found `{value}`"
                ) from None
            found[node.target.id] = Parameter(node.target.id, ast.unparse(node.annotation), default)
        return found

    def check(self, values: dict[str, Any]) -> dict[str, Any]:
        """Parameter values as the notebook declares them.

        Args:
            values: by name, as read from a parameter file or a command line.
        Returns:
            converted: the same names, each value of its declared type.
        Raises:
            NotebookError: naming the notebook, the parameter, the value found and the type expected.
        """
        for name in INJECTED:
            if name not in self.parameters:
                raise NotebookError(f'{self.path.name}: expected a parameter `{name}: str = "..."`, found none')
        converted = {}
        for name, value in values.items():
            if name not in self.parameters:
                known = ", ".join(self.parameters)
                raise NotebookError(f"{self.path.name}: unknown parameter {name} = {value!r}; it declares {known}")
            parameter = self.parameters[name]
            try:
                converted[name] = parameter.convert(value)
            except TypeError:
                found = f"{value!r} ({type(value).__name__})"
                message = f"{self.path.name}: parameter {name}: expected {parameter.annotation}, found {found}"
                raise NotebookError(message) from None
        return converted

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of the parts that run: cell kinds, sources and tags, without outputs."""
        parts = [[c["cell_type"], c["source"], c.get("metadata", {}).get("tags", [])] for c in self.cells]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def parse_notebook(path: Path) -> Notebook:
    """Read a notebook's source.

    Raises:
        NotebookError: if the file is not a notebook or its name is not `NN-slug.ipynb`.
    """
    path = Path(path)
    if not SLUG.fullmatch(path.stem):
        raise NotebookError(f"{path.name}: expected a name such as 02-the-machine.ipynb")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        cells = [cell | {"source": "".join(cell["source"])} for cell in content["cells"]]
        return Notebook(path, tuple(cells), content.get("metadata", {}))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotebookError(f"{path.name}: expected a notebook, found {type(error).__name__}: {error}") from None


def find_notebooks(folder: Path | None = None) -> list[Notebook]:
    """Every notebook of a folder in reading order.

    Raises:
        NotebookError: if there is none, two share a number, or one reads another that does not come before it.
    """
    folder = Path(folder) if folder else places.notebooks_root()
    found = [parse_notebook(path) for path in sorted(folder.glob("[!.]*.ipynb"))]
    if not found:
        raise NotebookError(f"{folder}: expected notebooks named NN-slug.ipynb, found none")
    earlier: dict[str, Notebook] = {}
    for notebook in found:
        if any(notebook.number == other.number for other in earlier.values()):
            raise NotebookError(f"{notebook.path.name}: its number {notebook.number} is taken by another notebook")
        for read in notebook.reads:
            if read not in earlier:
                raise NotebookError(f"{notebook.path.name}: reads {read}, which is no earlier notebook in {folder}")
        earlier[notebook.slug] = notebook
    return found


def read_question(slug: str) -> str:
    """The question of a notebook; empty if its source is not available (a copy outside the collection)."""
    try:
        path = places.notebooks_root() / f"{slug}.ipynb"
    except places.NoCheckoutError:
        return ""
    return parse_notebook(path).question if path.exists() else ""
