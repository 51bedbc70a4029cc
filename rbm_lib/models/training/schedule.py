"""k of CD-k, fixed or by a schedule of epochs."""

from typing import Any

from rbm_lib._checks import check_count


def check_cd_steps(cd_steps: Any) -> int | dict[int, int]:
    """A whole number of at least 1, or a dict of them by epoch that starts at epoch 0; else ValueError."""
    if not isinstance(cd_steps, dict):
        return check_count(cd_steps, "cd_steps")
    schedule = {_epoch(epoch): check_count(k, "cd_steps") for epoch, k in cd_steps.items()}
    if 0 not in schedule:
        raise ValueError(f"cd_steps: expected a schedule from epoch 0 on, found {cd_steps!r}")
    return {epoch: schedule[epoch] for epoch in sorted(schedule)}


def _epoch(epoch: Any) -> int:
    """The epoch of a schedule's entry; in a saved model epochs are text."""
    epoch = int(epoch) if isinstance(epoch, str) and epoch.isdecimal() else epoch
    return check_count(epoch, "cd_steps, epoch", least=0)


def cd_steps_at(cd_steps: int | dict[int, int], epoch: int) -> int:
    """k of an epoch, counted from 0."""
    if not isinstance(cd_steps, dict):
        return cd_steps
    return [k for start, k in cd_steps.items() if start <= epoch][-1]
