"""The record of a notebook's run: its state, and content hashes of everything it depended on."""

import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rbm_lib._files import read_json, write_atomically


@dataclass
class RunRecord:
    """The record of a notebook's last run, stored in `runs/NN-slug.json`.

    Args:
        state: `finished` or `failed`.
        parts: content hashes of everything the run depended on, by name.
        product: hash of its results and models; if they are edited afterwards, the notebook runs again.
        page: hash of everything its page was drawn from.
        seconds: how long the notebook ran.
        error: why it failed.
    """

    state: str
    parts: dict[str, str] = field(default_factory=dict)
    product: str = ""
    page: str = ""
    seconds: float = 0.0
    error: str = ""

    def save(self, path: Path) -> None:
        """Write it atomically."""
        write_atomically(path, json.dumps(asdict(self), indent=1, sort_keys=True) + "\n")

    @classmethod
    def load(cls, path: Path) -> "RunRecord | None":
        """Read a run record; None if there is none, or if it is damaged or from an older release."""
        try:
            record = cls(**read_json(path))
        except (OSError, ValueError, TypeError):
            return None
        return record if record._is_whole() else None

    def _is_whole(self) -> bool:
        """True if every field has its type."""
        texts: tuple[Any, ...] = (self.product, self.page, self.error)
        if self.state not in ("finished", "failed") or not isinstance(self.parts, dict):
            return False
        number = isinstance(self.seconds, int | float) and not isinstance(self.seconds, bool)
        texts = (*texts, *self.parts.keys(), *self.parts.values())
        return number and math.isfinite(self.seconds) and all(isinstance(text, str) for text in texts)
