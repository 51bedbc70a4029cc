"""Names of the library in code cells become links to the API reference.

What a name stands for is read from the imports and the assignments of the notebook, nothing is run: `RBM` after
`from rbm_lib import RBM`, `draws.uniform` after `from rbm_lib import draws`, `model.fit` after `model = RBM(...)`.
"""

import ast
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

PACKAGE = "rbm_lib"


class Mention(NamedTuple):
    """A name in a source, and what of the reference it stands for."""

    line: int
    column: int
    text: str
    address: str


class Reader:
    """Follows what names stand for, cell by cell.

    Args:
        reference: address by public name, as `rbm_lib.RBM`, `rbm_lib.RBM.fit`, `rbm_lib.analysis`.
    """

    def __init__(self, reference: Mapping[str, str]) -> None:
        self.reference = reference
        self.names: dict[str, str] = {}  # what the library calls that which a name of the notebook stands for
        self.made: dict[str, str] = {}  # the class of that which a name of the notebook holds

    def mentions(self, source: str) -> list[Mention]:
        """What a cell mentions, and what it binds for the cells that follow.

        Args:
            source: Python; a cell that is more than that (`%magic`) mentions nothing.
        """
        try:
            tree = ast.parse(source)
        except SyntaxError:
            return []
        lines = source.splitlines()
        found = [one for node in _in_order(tree) for one in self._of(node, lines)]
        return [one for one in found if lines[one.line - 1][one.column :].startswith(one.text)]

    def address(self, name: str) -> str:
        """The address of a public name, of one of the library's own face too where a wing offers it; or empty."""
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
        """What the library calls that which stands before a dot; empty for anything else."""
        if isinstance(value, ast.Name):
            return self.names.get(value.id) or self.made.get(value.id, "")
        return ""

    def _bind(self, node: ast.AST) -> None:
        """Whatever is assigned hides what its name stood for; what a class has made is remembered."""
        for target in _targets(node):
            self.names.pop(target, None)
            self.made.pop(target, None)
        value = getattr(node, "value", None)
        if isinstance(node, ast.Assign) and isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
            made = self.names.get(value.func.id, "")
            if made.rsplit(".", 1)[-1][:1].isupper():
                self.made |= {target.id: made for target in node.targets if isinstance(target, ast.Name)}


def _targets(node: ast.AST) -> list[str]:
    """The names that a statement binds; of a function its own, and those of its arguments."""
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    stores = (one for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store))
    return [one.id for one in stores]


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    """Every node in the order in which it is run: a value, what is bound to it, what happens then."""
    first, then = _halves(node)
    for child in first:
        yield from _in_order(child)
    yield node
    for child in then:
        yield from _in_order(child)


def _halves(node: ast.AST) -> tuple[list[ast.AST], list[ast.AST]]:
    """What of a node comes before it binds a name, and what after."""
    children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.For):
        return [node.iter, node.target], [*node.body, *node.orelse]
    if isinstance(node, ast.With):
        return [*node.items], [*node.body]
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return sorted(children, key=lambda child: not isinstance(child, ast.comprehension)), []
    return children, []


def _place(lines: list[str], line: int | None, offset: int | None) -> int:
    """A column in characters, from one in bytes."""
    return len(lines[(line or 1) - 1].encode()[: offset or 0].decode(errors="ignore"))


def link_names(soup: Any, block: Any, reader: Reader) -> None:
    """Make links of the names that a block of code mentions.

    Args:
        soup: BeautifulSoup of the page's cells.
        block: its `<pre>`, highlighted: each word an element of its own.
        reader: of this notebook, told every block in order.
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
