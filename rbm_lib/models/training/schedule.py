"""k of CD-k, fixed or by a schedule of epochs."""

from typing import Any


def check_cd_steps(cd_steps: Any) -> int | dict[int, int]:
    """A whole number of at least 1, or a dict of them by epoch that starts at epoch 0; else ValueError."""
    if not isinstance(cd_steps, dict):
        return _check_k(cd_steps)
    schedule = {float(epoch): _check_k(k) for epoch, k in cd_steps.items()}  # a saved model has its epochs as text
    if 0 not in schedule or any(epoch < 0 or not epoch.is_integer() for epoch in schedule):
        raise ValueError(f"cd_steps: expected a schedule from epoch 0 on, found {cd_steps!r}")
    return {int(epoch): schedule[epoch] for epoch in sorted(schedule)}


def cd_steps_at(cd_steps: int | dict[int, int], epoch: int) -> int:
    """k of an epoch, counted from 0."""
    if not isinstance(cd_steps, dict):
        return cd_steps
    return [k for start, k in cd_steps.items() if start <= epoch][-1]


def _check_k(k: Any) -> int:
    if isinstance(k, bool) or int(k) != k or k < 1:
        raise ValueError(f"cd_steps: expected a whole number of at least 1, found {k!r}")
    return int(k)
