"""Every member learns what its own kind drew, and is saved, loaded in another process and trained on bit for bit."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from support.family_making import (
    MEMBERS,
    NUM_ITEMS,
    POLYNOMIALS,
    Oracle,
    draw_parameters,
    make_model,
    random_ratings,
    state_tables,
    whole_batch,
)

from rbm_lib.data.ratings import Ratings

MASKS = ((0, 2, 3, 4, 6), (0, 1, 2, 3, 4), (1, 2, 4, 5, 6), (0, 1, 3, 5, 6), (0, 2, 4, 5))
USERS_A_MASK, EPOCHS, SAVED_AFTER = 199, 23, 20
OPTIMIZERS = {
    "adam": lambda share: keras.optimizers.Adam(0.03 * share),
    "momentum": lambda share: keras.optimizers.SGD(0.3 * share, momentum=0.8),
}
TASTES = np.array([[1, 1, -1, 1, -1, -1, 1], [1, -1, -1, 1, 1, -1, -1]]).T


def planted(member):
    """A true machine with two strong tastes: the two states of each hidden unit about as likely, and far apart."""
    truth = draw_parameters(member, seed=1, scale=0.2)
    couplings, strong = truth["interaction_weights"], couplings_of(member)
    couplings[..., :2] += strong
    by_value = np.einsum("sk,ikj->isj", POLYNOMIALS[:, : member.degree], couplings) if member.degree else couplings
    truth["visible_bias"] = (member.hidden_offset - 0.5) * by_value.sum(axis=-1)
    heard = state_tables(member, truth)[0].mean(axis=1) + truth.get("rated_weights", 0.0)
    truth["hidden_bias"] = -5 / 7 * heard.sum(axis=0)  # five films in seven are rated
    return truth


def couplings_of(member):
    if member.kind == "bernoulli":
        return 3.0 * TASTES
    if member.kind == "polynomial":
        return TASTES[:, None, :] * np.array([1.9, 0.0])[: member.degree, None]  # the line; no parabola
    steps = [0.0, 2.0, 4.0] if member.kind == "softmax" else [0.0, 2.0, 2.0]  # of ordinal units: increments
    return TASTES[:, None, :] * np.array(steps)[:, None]


def drawn(member, truth):
    """`Ratings` of users drawn from the true machine, each with one of the masks."""
    rng, rows = np.random.default_rng(3), []
    matrix = np.zeros((len(MASKS) * USERS_A_MASK, NUM_ITEMS), np.float32)
    for rated in MASKS:
        oracle = Oracle(member, truth, rated)
        states = oracle.states[rng.choice(len(oracle.states), USERS_A_MASK, p=oracle.visible)]
        matrix[len(rows) : len(rows) + USERS_A_MASK, rated] = member.values[states]
        rows += [np.isin(np.arange(NUM_ITEMS), rated)] * USERS_A_MASK
    return Ratings.from_dense(matrix, np.array(rows))


def expected_log_likelihood(member, truth, model):
    """Of what the true machine draws, in nats a user, by enumeration; greatest for the true machine itself."""
    if model is not truth:
        model = {name: np.float64(getattr(model.rbm_layer, name).numpy()) for name in truth}
    pairs = [(Oracle(member, truth, rated).visible, Oracle(member, model, rated).visible) for rated in MASKS]
    return np.mean([true @ np.log(found) for true, found in pairs])


def tensors(ratings):
    return {name: tf.constant(value) for name, value in whole_batch(ratings).items()}


class Run:
    """One training of one member, saved on the way."""

    def __init__(self, name, number, folder):
        self.member, self.path = MEMBERS[name], folder / f"{number}.keras"
        self.truth = planted(self.member)
        self.ratings = drawn(self.member, self.truth)
        chains = self.ratings.num_users if self.member.conditional else 0
        # Both engines, both optimizers and both kinds of chain are among the members' runs. Persistent chains, visited
        # once an epoch, need the small steps and the three sweeps: with one sweep they fall behind the parameters.
        engine, optimizer = ("sparse", "dense", "sparse")[number % 3], list(OPTIMIZERS)[number // 2 % 2]
        self.model = make_model(self.member, engine=engine, persistent_chains=chains, cd_steps={0: 3, 21: 2}, seed=2)
        self.model.initialize_from_base_rates(self.ratings, centred=self.member.centred)
        share = 1 / 3 if self.member.degree else 1.0  # a coupling counts for several values at once
        self.model.compile(OPTIMIZERS[optimizer](share))
        self.before = self.likelihood()
        save = keras.callbacks.LambdaCallback(on_epoch_end=self.save)
        self.model.fit(self.ratings, batch_size=211, epochs=EPOCHS, callbacks=[save], verbose=0)

    def likelihood(self):
        return expected_log_likelihood(self.member, self.truth, self.model)

    def save(self, epoch, logs):
        if epoch == SAVED_AFTER - 1:
            self.model.save(self.path)
            self.prediction = self.model(tensors(self.ratings)).numpy()
            self.free_energy = self.model.free_energy(self.ratings)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return {name: Run(name, number, folder) for number, name in enumerate(MEMBERS)}


@pytest.mark.parametrize("name", MEMBERS)
def test_training_comes_closer_to_the_truth_than_base_rates(runs, name):
    run = runs[name]
    ceiling = expected_log_likelihood(run.member, run.truth, run.truth)
    after = run.likelihood()
    assert run.before < after < ceiling
    assert (after - run.before) / (ceiling - run.before) > 1 / 4  # of the way from base rates to the truth


ELSEWHERE = """
import sys
import keras
import numpy as np
import tensorflow as tf
from rbm_lib import RBM, Ratings, load_model
files = np.load(sys.argv[1])
for number in range(int(files["count"])):
    ratings = Ratings.from_dense(files[f"matrix{number}"], files[f"mask{number}"])
    path = files["folder"].item() + f"/{number}"
    model = (keras.saving.load_model if number == 0 else load_model)(path + ".keras")  # Keras' own loads it too
    batch = {name: tf.constant(value) for name, value in next(iter(ratings.batches(ratings.num_users))).items()}
    found = {"prediction": model(batch).numpy(), "free_energy": model.free_energy(ratings)}
    model.fit(ratings, batch_size=211, initial_epoch=int(files["start"]), epochs=int(files["end"]), verbose=0)
    variables = [*model.variables, *model.optimizer.variables]
    np.savez(path, **found, **{f"v{place}": variable.numpy() for place, variable in enumerate(variables)})
"""


@pytest.fixture(scope="module")
def elsewhere(runs, tmp_path_factory):
    """Each saved model loaded and trained on in one other process: what it found, by name of the member."""
    folder, inputs = next(iter(runs.values())).path.parent, {}
    for number, run in enumerate(runs.values()):
        inputs[f"matrix{number}"], inputs[f"mask{number}"] = run.ratings.to_dense()
    np.savez(folder / "inputs.npz", folder=str(folder), count=len(runs), start=SAVED_AFTER, end=EPOCHS, **inputs)
    subprocess.run([sys.executable, "-c", ELSEWHERE, str(folder / "inputs.npz")], check=True, timeout=300)
    return {name: np.load(folder / f"{number}.npz") for number, name in enumerate(runs)}


@pytest.mark.parametrize("name", MEMBERS)
def test_a_saved_model_predicts_the_same_in_another_process(runs, elsewhere, name):
    np.testing.assert_array_equal(elsewhere[name]["prediction"], runs[name].prediction)
    np.testing.assert_array_equal(elsewhere[name]["free_energy"], runs[name].free_energy)


@pytest.mark.parametrize("name", MEMBERS)
def test_training_goes_on_elsewhere_as_if_it_had_never_stopped(runs, elsewhere, name):
    """Parameters, persistent chains and the optimizer's own state, bit for bit, over a change of k."""
    model = runs[name].model
    variables = [*model.variables, *model.optimizer.variables]
    assert len(variables) == len(elsewhere[name].files) - 2
    for place, variable in enumerate(variables):
        np.testing.assert_array_equal(elsewhere[name][f"v{place}"], variable.numpy(), err_msg=variable.path)
    assert not np.array_equal(model.free_energy(runs[name].ratings), runs[name].free_energy)  # it did go on


@pytest.mark.parametrize("name", ["softmax centred", "ordinal conditional"])
def test_weight_decay_shrinks_both_kinds_of_couplings_and_spares_biases(name):
    member = MEMBERS[name]
    trained, found = draw_parameters(member), []
    for weight_decay in (0.5, 0.0):
        model = make_model(member, trained, weight_decay=weight_decay)
        model.compile(keras.optimizers.SGD(0.1))
        model.train_step(tensors(random_ratings(member)))
        found.append({name: getattr(model.rbm_layer, name).numpy() for name in trained})
    for part, value in trained.items():
        lost = 0.1 * 0.5 * value if part.endswith("weights") else 0.0
        np.testing.assert_allclose(found[0][part], found[1][part] - lost, atol=1e-6, err_msg=part)


@pytest.mark.parametrize("name", MEMBERS)
def test_the_configuration_makes_the_same_model(name):
    arguments = {"cd_steps": {0: 1, 2: 3}, "persistent_chains": 11, "weight_decay": 0.25, "inference": "exact"}
    model = make_model(MEMBERS[name], **arguments)
    again = type(model).from_config(model.get_config())
    for part in (*arguments, "units", "conditional", "engine", "seed", "num_items", "num_hidden"):
        assert getattr(again, part) == getattr(model, part), part
    for left, right in zip(model.variables[: len(again.variables)], again.variables, strict=True):
        np.testing.assert_array_equal(left.numpy(), right.numpy())
