"""LaTeX formulae as MathML, which browsers show without a script.

latex2mathml parses. Its output is corrected for browsers (MathML Core): operator names, upright capital Greek letters,
bold and other alphabets, alignment, spacing. An unknown command is an error.
"""

import itertools
import re
import unicodedata
import xml.etree.ElementTree as ET
from html import escape

NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
FUNCTIONS = frozenset(re.findall(r"\w+", "log exp ln max min sup inf lim det arg argmax argmin sin cos tanh ker Pr"))
LIMITS = r"max|min|sup|inf|lim"
# Operators that latex2mathml takes for identifiers.
OPERATORS = {"~": "∼", "|": "|", "⟨": "⟨", "⟩": "⟩", ":": ":", "′": "′", "_": "_"}
ALPHABETS = {
    "bold": ("BOLD", "BOLD"),
    "bold-italic": ("BOLD ITALIC", "BOLD"),
    "italic": ("ITALIC", None),
    "double-struck": ("DOUBLE-STRUCK", "DOUBLE-STRUCK"),
    "sans-serif": ("SANS-SERIF", "SANS-SERIF"),
    "monospace": ("MONOSPACE", "MONOSPACE"),
}
THIN = "0.167em"


class FormulaError(ValueError):
    """A formula that cannot be converted."""


def prepare(latex: str, display: str) -> tuple[str, set[str]]:
    """Rewrite LaTeX into commands that the parser knows; also the names of the operators that the formula defines."""
    names: set[str] = set()

    def operator(match: re.Match[str]) -> str:
        name = re.sub(r"\\[,;: ]|~", " ", match[2])
        names.add("".join(re.sub(r"\\[a-z]+|[{}]", "", name).split()))
        below = "\\limits" if match[1] and display == "block" and match[3] else ""
        return f"\\mathrm{{{match[2]}}}{below}{match[3]}"

    latex = re.sub(r"\\operatorname(\*?)\s*\{([^{}]*)\}(\s*_?)", operator, latex)
    latex = re.sub(r"(begin|end)\{(?:aligned|align|split|gathered|gather)\*?\}", r"\1{align*}", latex)
    latex = re.sub(r"\\(?:label|tag)\*?\{[^{}]*\}|\\(?:nonumber|notag)\b", "", latex)
    latex = re.sub(r"\\not\s*=", r"\\neq ", latex).replace(":=", r"\coloneqq ")
    latex = re.sub(r"(\\[bB]igg?[lrm]?)\s*\\langle", r"\1⟨", latex)
    latex = re.sub(r"(\\[bB]igg?[lrm]?)\s*\\rangle", r"\1⟩", latex)
    latex = re.sub(r"(?<!\\left)(?<!\\right)\\[lr]?vert\b", "|", latex)
    latex = re.sub(r"(\d)\{,\}(?=\d)", r"\1\\text{,}", latex)
    if display == "block":
        latex = re.sub(rf"\\({LIMITS})\s*_", r"\\\1\\limits_", latex)
    return latex.strip(), names


def alphabet(text: str, variant: str) -> str:
    """Letters and digits of a mathematical alphabet, as Unicode characters: MathML Core has no attribute for it."""
    style, digits = ALPHABETS[variant]
    result = []
    for letter in text:
        name = unicodedata.name(letter, "")
        # "GREEK SMALL LETTER THETA" becomes "MATHEMATICAL BOLD SMALL THETA", "DIGIT ONE" "MATHEMATICAL BOLD DIGIT ONE".
        short = re.sub(r"^(LATIN|GREEK) (SMALL|CAPITAL) LETTER ", r"\2 ", name)
        kind = digits if name.startswith("DIGIT") else style
        try:
            result.append(unicodedata.lookup(f"MATHEMATICAL {kind} {short}") if kind and short else letter)
        except KeyError:
            result.append(letter)
    return "".join(result)


def name_of(element: ET.Element) -> str:
    """The operator's name in an element, also with scripts; empty for anything else."""
    if element.tag in ("msub", "msup", "msubsup", "munder", "munderover") and len(element):
        return name_of(element[0])
    if element.tag == "mrow" and len(element) == 1:
        return name_of(element[0])
    return "".join((element.text or "").split()) if element.tag == "mi" else ""


def join_letters(row: ET.Element) -> None:
    """Join consecutive upright letters, and thin spaces between them, into one identifier."""
    children: list[ET.Element] = list(row)
    run: list[ET.Element] = []
    for child in [*children, ET.Element("end")]:
        upright = child.tag == "mi" and child.get("mathvariant") == "normal"
        if upright or (run and child.tag == "mspace"):
            run.append(child)
            continue
        if run and run[-1].tag == "mspace":
            run.pop()
        if len(run) > 1:
            run[0].text = "".join(one.text or "\u2009" for one in run)
            run[0].attrib.pop("mathvariant")
            for other in run[1:]:
                row.remove(other)
        run = []


def space_names(row: ET.Element, names: set[str]) -> None:
    """Add thin spaces before and after operator names, as LaTeX does: log Z, not logZ."""
    children = list(row)
    for child, after in zip(children, [*children[1:], None], strict=False):
        opens = after is not None and after.tag == "mo" and (after.text or "") not in "∑∏∫∇∂−"
        fenced = after is not None and after.tag == "mrow" and len(after) and after[0].get("fence") == "true"
        if name_of(child) in names and after is not None and not (opens or fenced or after.tag == "mspace"):
            row.insert(list(row).index(child) + 1, ET.Element("mspace", {"width": THIN}))
        closes = child.tag in ("mi", "mn", "msub", "msup", "msubsup", "mfrac") or (child.text or "") in (")", "]", "}")
        if after is not None and name_of(after) in names and closes and name_of(child) not in names:
            row.insert(list(row).index(after), ET.Element("mspace", {"width": THIN}))


def mark_signs(row: ET.Element) -> None:
    """Mark a minus after an opening bracket or an operator as a prefix: a sign takes no space."""
    children = list(row)
    for before, child in itertools.pairwise(children):
        if (
            child.tag == "mo"
            and child.text in ("−", "+", "±")
            and before.tag == "mo"
            and before.text not in tuple(")]}|!′⟩")
        ):
            child.set("form", "prefix")


def mend(element: ET.Element, names: set[str]) -> None:
    """Correct an element and its descendants."""
    text = element.text or ""
    if "\\" in text:
        raise FormulaError(f"unknown command {text}")
    if element.tag == "mo" and len(text) > 1 and text.isalpha():
        element.tag, element.attrib = "mi", {}
    if element.tag == "mi" and text in OPERATORS:
        element.tag, element.text, element.attrib = "mo", OPERATORS[text], {}
        if text in "|⟨⟩":
            element.set("stretchy", "false")
    if element.tag == "mi" and len(text) == 1 and "Α" <= text <= "Ω":
        element.attrib.setdefault("mathvariant", "normal")  # browsers set a single letter in italics
    variant = element.get("mathvariant")
    if element.tag in ("mi", "mn", "mo", "mtext") and variant in ALPHABETS:
        element.text = alphabet(text, element.attrib.pop("mathvariant"))
    if element.get("width") == "negativethinmathspace":
        element.set("width", f"-{THIN}")
    if text == "―":  # an overline: the macron stretches
        element.text = "¯"
        element.set("stretchy", "true")
    if element.get("minsize"):
        element.attrib |= {"stretchy": "true", "symmetric": "true"}
    for child in list(element):
        mend(child, names)
        if (
            child.tag in ("mo", "mi")
            and not child.text
            and not len(child)
            and not child.attrib
            and element.tag != "mtd"
        ):
            element.remove(child)
    join_letters(element)
    mark_signs(element)
    if element.tag in ("mrow", "math", "mtd", "mstyle", "msqrt"):
        space_names(element, names)


def to_mathml(latex: str, display: str = "inline") -> str:
    """A formula as MathML.

    Args:
        latex: without its dollar signs.
        display: `inline` or `block`.
    Returns:
        html: a `<math>` element; a block formula inside a box that can scroll.
    Raises:
        FormulaError: quoting the formula, if a command in it is unknown.
    """
    from latex2mathml.converter import convert

    prepared, names = prepare(latex, display)
    try:
        markup = convert(prepared, display=display).replace("<mi>&</mi>", "<mi>&amp;</mi>")
        root = ET.fromstring(markup)
        for element in root.iter():
            element.tag = element.tag.removeprefix(NAMESPACE)
        mend(root, names | FUNCTIONS)
    except Exception as error:
        raise FormulaError(f"formula ${latex.strip()}$ cannot be shown: {error or type(error).__name__}") from None
    root.attrib = {"display": display}
    html = ET.tostring(root, encoding="unicode")
    return f'<div class="formula">{html}</div>' if display == "block" else html


def math_characters(html: str) -> set[str]:
    """The characters in a page's formulae, including the italic forms of single letters."""
    needed: set[str] = set()
    for formula in re.findall(r"<math.*?</math>", html, re.DOTALL):
        needed |= {"√"} if "<msqrt" in formula or "<mroot" in formula else set()
        for variable in re.findall(r"<mi>([^<])</mi>", formula):
            needed |= set(alphabet(variable, "italic"))
            needed |= {"ℎ"} if variable == "h" else set()
        needed |= set(re.sub(r"<[^>]*>", "", formula))
    return needed | set(escape("()[]{}|+-=0123456789,.", quote=False))
