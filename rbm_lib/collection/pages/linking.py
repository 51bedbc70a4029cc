"""Links from the library's names in code cells to the API reference.

Names are resolved from the notebook's imports and assignments; no code is run: `RBM` after
`from rbm_lib import RBM`, `draws.uniform` after `from rbm_lib import draws`, `model.fit` after `model = RBM(...)`.
"""

import ast
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

PACKAGE = "rbm_lib"


class Mention(NamedTuple):
    """A name in a source, and its address in the reference."""

    line: int
    column: int
    text: str
    address: str


class Reader:
    """Resolves names, cell by cell.

    Args:
        reference: address by public name, such as `rbm_lib.RBM`, `rbm_lib.RBM.fit`, `rbm_lib.analysis`.
    """

    def __init__(self, reference: Mapping[str, str]) -> None:
        self.reference = reference
        self.names: dict[str, str] = {}  # full name in the library, by name in the notebook
        self.made: dict[str, str] = {}  # class of the object, by name in the notebook

    def mentions(self, source: str) -> list[Mention]:
        """The library's names in a cell; its assignments are kept for later cells.

        Args:
            source: Python; a cell with other syntax (`%magic`) gives an empty list.
        """
        try:
            tree = ast.parse(source)
        except SyntaxError:
            return []
        lines = source.splitlines()
        found = [one for node in _in_order(tree) for one in self._of(node, lines)]
        return [one for one in found if lines[one.line - 1][one.column :].startswith(one.text)]

    def address(self, name: str) -> str:
        """The address of a public name, also if it is listed under `rbm_lib` itself; empty if it is unknown."""
        known = self.reference.get(name)
        if known is None and name.count(".") > 1:
            known = self.reference.get(f"{PACKAGE}.{name.split('.', 2)[2]}")
        return known or ""

    def _of(self, node: ast.AST, lines: list[str]) -> Iterator[Mention]:
        if isinstance(node, ast.ImportFrom):
            yield from self._import(node, lines)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in self.names:
            yield from self._mention(
                node.lineno, _place(lines, node.lineno, node.col_offset), node.id, self.names[node.id]
            )
        elif isinstance(node, ast.Attribute):
            owner = self._owner(node.value)
            if owner:
                column = _place(lines, node.end_lineno, node.end_col_offset) - len(node.attr)
                yield from self._mention(node.end_lineno or 0, column, node.attr, f"{owner}.{node.attr}")
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.For | ast.With | ast.FunctionDef | ast.comprehension):
            self._bind(node)

    def _mention(self, line: int, column: int, text: str, name: str) -> Iterator[Mention]:
        address = self.address(name)
        if address:
            yield Mention(line, column, text, address)

    def _import(self, node: ast.ImportFrom, lines: list[str]) -> Iterator[Mention]:
        ours = node.level == 0 and (node.module or "").split(".")[0] == PACKAGE
        for alias in node.names:
            bound = alias.asname or alias.name
            self.names.pop(bound, None)
            if ours:
                self.names[bound] = f"{node.module}.{alias.name}"
                column = _place(lines, alias.lineno, alias.col_offset)
                yield from self._mention(alias.lineno, column, alias.name, self.names[bound])

    def _owner(self, value: ast.expr) -> str:
        """The full name of the expression before a dot; empty if it is not the library's."""
        if isinstance(value, ast.Name):
            return self.names.get(value.id) or self.made.get(value.id, "")
        return ""

    def _bind(self, node: ast.AST) -> None:
        """Forget the former meaning of names that are assigned; remember instances of the library's classes."""
        for target in _targets(node):
            self.names.pop(target, None)
            self.made.pop(target, None)
        value = getattr(node, "value", None)
        if isinstance(node, ast.Assign) and isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
            made = self.names.get(value.func.id, "")
            if made.rsplit(".", 1)[-1][:1].isupper():
                self.made |= {target.id: made for target in node.targets if isinstance(target, ast.Name)}


def _targets(node: ast.AST) -> list[str]:
    """The names that a statement binds; a function binds its own name."""
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    stores = (one for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store))
    return [one.id for one in stores]


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes in order of execution: the value, then the binding, then the body."""
    first, then = _halves(node)
    for child in first:
        yield from _in_order(child)
    yield node
    for child in then:
        yield from _in_order(child)


def _halves(node: ast.AST) -> tuple[list[ast.AST], list[ast.AST]]:
    """The children of a node that are executed before it binds a name, and those after."""
    children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.For):
        return [node.iter, node.target], [*node.body, *node.orelse]
    if isinstance(node, ast.With):
        return [*node.items], [*node.body]
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return sorted(children, key=lambda child: not isinstance(child, ast.comprehension)), []
    return children, []


def _place(lines: list[str], line: int | None, offset: int | None) -> int:
    """A column in characters, from a column in bytes."""
    return len(lines[(line or 1) - 1].encode()[: offset or 0].decode(errors="ignore"))


def link_names(soup: Any, block: Any, reader: Reader) -> None:
    """Link the library's names in a code block.

    Args:
        soup: BeautifulSoup of the page's cells.
        block: the block's `<pre>`, highlighted: one element per token.
        reader: of this notebook; it must get the blocks in order.
    """
    from bs4 import NavigableString

    texts = [text for text in block.find_all(string=True)]
    source = "".join(texts)
    starts: dict[int, Any] = {}
    at = 0
    for text in texts:
        starts[at] = text
        at += len(text)
    begins = [0]
    for line in source.splitlines(keepends=True):
        begins.append(begins[-1] + len(line))
    for one in reader.mentions(source):
        word = starts.get(begins[one.line - 1] + one.column)
        if word is not None and str(word) == one.text:
            link = soup.new_tag("a", href=one.address, attrs={"class": "api"})
            word.replace_with(link)
            link.append(NavigableString(one.text))
