"""The state of Keras' callbacks: read for a checkpoint, and restored."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import keras
from numpy.typing import NDArray

# The attributes that a callback of Keras needs to continue. A list of arrays among them is saved with the arrays.
CALLBACK_STATE: dict[Any, tuple[str, ...]] = {
    keras.callbacks.EarlyStopping: ("wait", "best", "best_epoch", "stopped_epoch", "best_weights"),
    keras.callbacks.ReduceLROnPlateau: ("wait", "best", "cooldown_counter"),
    keras.callbacks.ModelCheckpoint: ("best",),
    keras.callbacks.History: ("epoch", "history"),
}


def callback_states(
    callbacks: Iterable[keras.callbacks.Callback],
) -> tuple[list[dict[str, Any]], dict[str, NDArray[Any]]]:
    """The callbacks' states, and separately the arrays in them, by name."""
    states: list[dict[str, Any]] = []
    arrays: dict[str, NDArray[Any]] = {}
    for callback in callbacks:
        kind = _kind(callback)
        if kind is None:
            continue
        state = {name: getattr(callback, name) for name in CALLBACK_STATE[kind]}
        for name in [name for name in state if name.endswith("_weights") and state[name] is not None]:
            named = {f"callback/{len(states)}/{name}/{n}": array for n, array in enumerate(state[name])}
            arrays |= named
            state[name] = list(named)
        states.append({"class": kind.__name__} | state)
    return states, arrays


def set_callback_states(
    callbacks: Iterable[keras.callbacks.Callback], states: Iterable[dict[str, Any]], arrays: Mapping[str, NDArray[Any]]
) -> None:
    """Puts saved states, and their arrays, back into the callbacks."""
    for callback, state in _paired(callbacks, states):
        for name in CALLBACK_STATE[_kind(callback)]:
            value = state[name]
            setattr(callback, name, [arrays[part] for part in value] if name.endswith("_weights") and value else value)


def has_stopped(callbacks: Iterable[keras.callbacks.Callback], states: Iterable[dict[str, Any]]) -> bool:
    """Whether an `EarlyStopping` among the callbacks had run out of patience when the checkpoint was made."""
    return any(
        state["stopped_epoch"] and state["wait"] >= callback.patience
        for callback, state in _paired(callbacks, states)
        if isinstance(callback, keras.callbacks.EarlyStopping)
    )


def _paired(
    callbacks: Iterable[keras.callbacks.Callback], states: Iterable[dict[str, Any]]
) -> Iterator[tuple[keras.callbacks.Callback, dict[str, Any]]]:
    """Pairs each callback with the saved state of the same class, in order."""
    states = list(states)
    for callback in callbacks:
        kind = _kind(callback)
        state = next((state for state in states if kind and state["class"] == kind.__name__), None)
        if state:
            states.remove(state)
            yield callback, state


def _kind(callback: keras.callbacks.Callback) -> Any:
    return next((kind for kind in CALLBACK_STATE if isinstance(callback, kind)), None)
