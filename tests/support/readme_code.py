"""README's own Python: the code blocks that a reader copies."""

import re
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def code_blocks():
    """The Python blocks of README.md, in their order."""
    return re.findall(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
