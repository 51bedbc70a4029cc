"""One step up the log-likelihood: from a CD-k direction to an optimizer's step; and schedules of k."""

import tensorflow as tf


def ascend(model, direction):
    """Moves the model's parameters along a direction, with its optimizer and weight decay.

    Args:
        model: `RBM`, compiled.
        direction: `Increments` by what is trained; of `tf.IndexedSlices` where the optimizer leaves other films alone.
    """
    variables = model.rbm_layer.trained
    if not model.optimizer.built:
        model.optimizer.build(variables)
    parts = list(direction)[: len(variables)]
    if isinstance(parts[0], tf.IndexedSlices):
        _apply(model.optimizer, [_negative(part) for part in parts], variables)
        return

    # XLA makes one loop of the sign, the decay and the optimizer: about a third of their time one by one.
    @tf.function(jit_compile=True)
    def apply(parts):
        gradients = [-part for part in parts]  # optimizers descend
        if model.weight_decay:
            for place in (0, 3):
                if place < len(gradients):
                    gradients[place] += model.weight_decay * variables[place]
        _apply(model.optimizer, gradients, variables)

    apply(parts)


def _apply(optimizer, gradients, variables):
    """`optimizer.apply`, as one who sees all replicas where there is but one.

    Within a replica Keras sums the gradients over all of them, with a gradient of its own for that sum, which
    TensorFlow never forgets: every trained model's parameters, and the optimizer's, would stay in memory for ever.
    """
    if tf.distribute.has_strategy():
        optimizer.apply(gradients, variables)
    else:
        tf.distribute.get_replica_context().merge_call(lambda _: optimizer.apply(gradients, variables))


def _negative(part):
    return tf.IndexedSlices(-part.values, part.indices) if isinstance(part, tf.IndexedSlices) else -part


def check_cd_steps(cd_steps):
    """A whole number of at least 1, or a dict of them by epoch that starts at epoch 0; else ValueError."""
    if not isinstance(cd_steps, dict):
        return _check_k(cd_steps)
    schedule = {float(epoch): _check_k(k) for epoch, k in cd_steps.items()}  # a saved model has its epochs as text
    if 0 not in schedule or any(epoch < 0 or not epoch.is_integer() for epoch in schedule):
        raise ValueError(f"cd_steps: expected a schedule from epoch 0 on, found {cd_steps!r}")
    return {int(epoch): schedule[epoch] for epoch in sorted(schedule)}


def cd_steps_at(cd_steps, epoch):
    """k of an epoch, counted from 0."""
    if not isinstance(cd_steps, dict):
        return cd_steps
    return [k for start, k in cd_steps.items() if start <= epoch][-1]


def _check_k(k):
    if isinstance(k, bool) or int(k) != k or k < 1:
        raise ValueError(f"cd_steps: expected a whole number of at least 1, found {k!r}")
    return int(k)
