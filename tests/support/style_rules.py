"""How a notebook of the collection reads, as rules that a machine can check."""

import ast
import re

from rbm_lib.collection.results.notebooks import INJECTED, Notebook, NotebookError

LONGEST_CELL, LONGEST_FUNCTION = 25, 5
NUMBER = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.]*\d)")
# Decimal numbers that are names, not measurements.
NAMES = re.compile(
    r"\$\$.*?\$\$|\\begin\{(\w+\*?)\}.*?\\end\{\1\}|(?<!\\)\$[^$]*\$"  # formulae
    r"|```.*?```|`[^`]*`|\]\([^)]*\)|https?://\S+"  # code, addresses
    r"|(?i:\b(?:sections?|chapters?|figures?|tables?|equations?|eq\.)|§)\s*\d+\.\d+(?:(?:,| and| to|–)\s*\d+\.\d+)*"
    r"|\b(?:[Vv]ersion|Python|TensorFlow|Keras|NumPy|arXiv:?|CC(?: BY)?(?:-\w+)*)\s*\d+\.\d+",
    re.DOTALL,
)
ABSOLUTE = re.compile(r"(?:^|[\s\"'`=(])/(?:[A-Za-z][\w.-]*/)+[\w.]|\b[A-Za-z]:\\\\?\w|file://", re.MULTILINE)
SETTINGS = ("set_theme", "set_style", "set_palette", "color_palette", "show", "close", "rcParams")


def parse(source: str) -> ast.Module:
    """A code cell as a tree, IPython's own lines left out."""
    return ast.parse("\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.split("\n")))


def called(node: ast.AST) -> str:
    """The dotted name that a call calls, empty for anything else."""
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def leading_text(argument: ast.expr) -> str:
    """The text that an argument is, or starts with: `f"02-{name}.keras"` starts with `02-`; empty if it is computed."""
    if isinstance(argument, ast.JoinedStr) and argument.values:
        argument = argument.values[0]
    return argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else ""


def draws(tree: ast.Module) -> bool:
    """True for a cell that makes a figure."""
    for node in ast.walk(tree):
        name = called(node)
        last = name.rpartition(".")[2]
        if last.startswith("plot_") or last == "save_figure":
            return True
        if name.startswith(("sns.", "plt.")) and last not in SETTINGS:
            return True
    return False


def typed_numbers(markdown: str) -> list[str]:
    """Decimal numbers of a Markdown cell that no rule excuses."""
    if re.match(r"\s*#+ References", markdown):
        return []
    kept, reported = [], False
    for line in markdown.split("\n"):
        in_table = line.lstrip().startswith("|")
        reported = in_table and (reported or "reported" in line.lower())
        kept.append("" if reported else line)
    return NUMBER.findall(NAMES.sub(" ", "\n".join(kept)))


def title_problems(notebook: Notebook) -> list[str]:
    """The first cell: one title, one question, what is read and written."""
    problems = []
    try:
        if len(notebook.title) > 80 or not notebook.question.endswith("?"):
            problems.append("expected a short title and a question that ends in ?")
    except NotebookError as error:
        problems.append(str(error))
    headings = sum(len(re.findall(r"^# ", c["source"], re.M)) for c in notebook.cells if c["cell_type"] == "markdown")
    if headings != 1:
        problems.append(f"expected one # heading, found {headings}")
    problems += [
        f"the first cell has no **{word}:** line" for word in ("Reads", "Writes") if not notebook.title_line(word)
    ]
    return problems


def parameter_problems(notebook: Notebook) -> list[str]:
    """The second cell: annotated literals of the declared type, one a line, DATASET and PROFILE with their defaults."""
    try:
        parameters, source = notebook.parameters, notebook.parameters_cell
    except NotebookError as error:
        return [str(error)]
    problems = []
    if len(notebook.cells) < 2 or notebook.cells[1]["source"] != source:
        problems.append("the parameters cell is not the second")
    for line in filter(str.strip, source.split("\n")):
        if not re.match(r"[A-Z][A-Z0-9_]*: ", line):
            problems.append(f"parameters: expected `NAME: type = literal` on a line of its own, found `{line}`")
        elif "=" in line.partition("#")[2]:
            problems.append(f"parameters: = in a trailing comment hides the parameter from papermill: `{line}`")
    for parameter in parameters.values():
        try:
            parameter.convert(parameter.default)
        except TypeError:
            problems.append(f"{parameter.name}: its default {parameter.default!r} is no {parameter.annotation}")
    for name, default in zip(INJECTED, ("planted", "quick"), strict=True):
        found = parameters.get(name)
        if found is None or (found.annotation, found.default) != ("str", default):
            problems.append(f'expected `{name}: str = "{default}"` among the parameters')
    return problems


def only_reports(tree: ast.Module) -> bool:
    """True for a cell that speaks to the report and does nothing else."""
    return bool(tree.body) and all(
        isinstance(node, ast.Expr) and called(node.value).startswith("report.") for node in tree.body
    )


def unsafe(tree: ast.Module) -> list[str]:
    """What shows a data set's text as markup, or holds out a number of ratings that not every data set has."""
    problems = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "style":
            problems.append("a table by pandas' own `style`, which escapes nothing; use `styled`")
        if called(node) in ("first_n", "user_last"):
            given = [*node.args[1:], *(keyword.value for keyword in node.keywords)]
            if not given or any(isinstance(value, ast.Constant) for value in given):
                problems.append("types how many ratings are held out; ask `held_out_rule`")
    return problems


def code_problems(notebook: Notebook) -> list[str]:
    """Code cells: short, without long functions, without outputs, figures under a question."""
    problems, above = [], ""
    for place, cell in enumerate(notebook.cells):
        source, where = cell["source"], f"cell {place}"
        if cell["cell_type"] == "markdown":
            above = source
            continue
        if cell["cell_type"] != "code":
            problems.append(f"{where}: a {cell['cell_type']} cell")
            continue
        if (cell.get("outputs") or cell.get("execution_count")) and "NBVAL_CHECK_OUTPUT" not in source:
            problems.append(f"{where}: outputs in the source")
        lines = len(source.strip().split("\n"))
        if lines > LONGEST_CELL:
            problems.append(f"{where}: {lines} lines, more than {LONGEST_CELL}")
        try:
            tree = parse(source)
        except SyntaxError as error:
            problems.append(f"{where}: {error}")
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION:
                problems.append(
                    f"{where}: def {node.name} is longer than {LONGEST_FUNCTION} lines; it belongs in rbm_lib"
                )
        problems += [f"{where}: {said}" for said in unsafe(tree)]
        if only_reports(tree) and not {"hide-input", "hide-cell"} & set(cell["metadata"].get("tags", [])):
            problems.append(f"{where}: does no more than report; tag it hide-input")
        if draws(tree) and "?" not in above:
            problems.append(f"{where}: draws a figure, and the Markdown above asks no question")
    return problems


def reading_problems(notebook: Notebook) -> list[str]:
    """Results and models of other notebooks: declared in the first cell, named by literals."""
    problems = []
    for cell in notebook.cells:
        if cell["cell_type"] != "code":
            continue
        for node in ast.walk(parse(cell["source"])):
            name = called(node).rpartition(".")[2]
            if name not in ("read_results", "model_path", "open_report"):
                continue
            argument = leading_text(node.args[0]) if node.args else ""
            if not argument:
                problems.append(f"{name}: expected a name written out, found `{ast.unparse(node)}`")
            elif name == "open_report" and argument != notebook.slug:
                problems.append(f"open_report: expected {notebook.slug!r}, found {argument!r}")
            elif name == "read_results" and argument not in notebook.reads:
                problems.append(f"reads {argument}, which its **Reads:** line does not name")
            elif name == "model_path" and argument[:3] not in {slug[:3] for slug in (*notebook.reads, notebook.slug)}:
                problems.append(f"uses the model {argument}, whose notebook its **Reads:** line does not name")
    return problems


def prose_problems(notebook: Notebook) -> list[str]:
    """Prose: no measured number typed, no absolute path anywhere."""
    problems = []
    for place, cell in enumerate(notebook.cells):
        if ABSOLUTE.search(cell["source"]):
            problems.append(f"cell {place}: an absolute path")
        if cell["cell_type"] == "markdown":
            problems += [f"cell {place}: the number {number} is typed" for number in typed_numbers(cell["source"])]
    return problems


def all_problems(notebook: Notebook) -> list[str]:
    """Everything that is wrong with a notebook."""
    kernel = notebook.metadata.get("kernelspec", {}).get("name")
    problems = [] if kernel == "python3" else [f"kernelspec: expected python3, found {kernel!r}"]
    for rules in (title_problems, parameter_problems, code_problems, reading_problems, prose_problems):
        problems += rules(notebook)
    return problems
