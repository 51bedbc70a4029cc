"""The settings of a recipe as words that a reader knows."""

from collections.abc import Mapping
from typing import Any


def in_words(settings: Mapping[str, Any]) -> str:
    """A trial's settings as a reader would say them.

    Args:
        settings: mapping with a recipe's `based`, `num_hidden`, `units`, `conditional`, `cd_steps`, `batch_size`,
            `centred`, `learning_rate` and `weight_decay`.
    Returns:
        words: str, without a full stop.
    """
    cases = {"user": "users", "item": "films"}[settings["based"]]
    units = {"ordinal": "stars that share with their neighbours", "softmax": "a coupling for each star by itself"}
    seen = " that see ratings beside the base rates" if settings["centred"] else ""
    rated = f"{'' if settings['conditional'] else 'no '}knowledge of what else was rated"
    sweeps = f"{settings['cd_steps']} Gibbs sweep" + ("s" if settings["cd_steps"] != 1 else "")
    return (
        f"{settings['num_hidden']} hidden units{seen}, {units.get(settings['units'], settings['units'])}, {rated}, "
        f"{sweeps} a step, {settings['batch_size']} {cases} in a mini-batch, a first learning rate of "
        f"{settings['learning_rate']:g} and a pull of {settings['weight_decay']:g} on the couplings"
    )
