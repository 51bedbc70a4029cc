"""Matrix factorisation with biases, under squared error (stars or likes) and under a logistic link (likes)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Self

import numpy as np
from scipy.special import expit, logit

from rbm_lib._checks import check_count, check_number, check_seed
from rbm_lib.data import check_likes

from .lists import best_unseen
from .trainset import Scale, as_trainset

if TYPE_CHECKING:
    import keras
    import tensorflow as tf
    from numpy.typing import ArrayLike, NDArray

    from rbm_lib.data import Ratings


class _Factors:
    """Shared by both factorisations once fitted: mean, biases, factors, and their sum for a user and a film."""

    def _keep(
        self,
        train: Ratings,
        mean: float,
        user_bias: NDArray[np.float64],
        item_bias: NDArray[np.float64],
        user_factors: NDArray[np.float64],
        item_factors: NDArray[np.float64],
    ) -> Self:
        """Stores the fitted values; biases and factors of a user or film without a rating become 0, not their start."""
        users, items = train.ratings_per_user > 0, train.ratings_per_item > 0
        self.seen, self.mean = train, mean
        self.user_bias, self.item_bias = np.where(users, user_bias, 0.0), np.where(items, item_bias, 0.0)
        self.user_factors = np.where(users[:, None], user_factors, 0.0)
        self.item_factors = np.where(items[:, None], item_factors, 0.0)
        return self

    def _sum(self, user_index: ArrayLike, item_index: ArrayLike) -> NDArray[np.float64]:
        user_index, item_index = np.asarray(user_index), np.asarray(item_index)
        biases = self.mean + self.user_bias[user_index] + self.item_bias[item_index]
        total: NDArray[np.float64] = biases + np.einsum(
            "ij,ij->i", self.user_factors[user_index], self.item_factors[item_index]
        )
        return total

    def recommend(self, user_index: ArrayLike, n: int) -> NDArray[np.int32]:
        """The `n` unseen films with the highest predictions; see `rbm_lib.baselines.lists.best_unseen`."""
        return best_unseen(
            lambda users: self.item_bias + self.user_factors[users] @ self.item_factors.T, self.seen, user_index, n
        )


class BiasedFactorisation(_Factors):
    """expected = overall mean + user bias + film bias + user factors . film factors, by scikit-surprise's `SVD`.

    Stochastic gradient descent on the squared error plus penalty * (squared biases and factors) of each rating, one
    rating at a time in the order of users. For likes it predicts P(like), between 0 and 1 (see `trainset.Scale`).

    Args:
        num_factors: int >= 1.
        epochs: int >= 1, passes over the ratings.
        learning_rate: float > 0.
        penalty: float > 0, L2 regularisation, `reg_all` of scikit-surprise.
        seed: int, 0 <= seed < 2**32, of the initial factors.
    Raises:
        ValueError: if an argument is out of range.
    References:
        Koren, Bell and Volinsky (2009), "Matrix factorization techniques for recommender systems", Eqs. 4 and 5.
    Example:
        >>> from rbm_lib import load, random_n
        >>> from rbm_lib.baselines import BiasedFactorisation
        >>> from rbm_lib.datasets import PlantedSettings
        >>> small = PlantedSettings(num_users=80, num_items=40, num_ratings=2000)
        >>> split = random_n(load("planted", planted=small).ratings, 2, seed=1)
        >>> rival = BiasedFactorisation(num_factors=5, epochs=2, seed=1).fit(split.inputs)
        >>> rival.predict(split.targets.user_index, split.targets.item_index).shape
        (160,)
    """

    name = "biased factorisation"

    def __init__(
        self,
        num_factors: int = 100,
        epochs: int = 50,
        learning_rate: float = 0.005,
        penalty: float = 0.06,
        *,
        seed: int,
    ) -> None:
        self.num_factors, self.epochs = check_count(num_factors, "num_factors"), check_count(epochs, "epochs")
        self.learning_rate = check_number(learning_rate, "learning_rate", above=0)
        self.penalty, self.seed = check_number(penalty, "penalty", above=0), check_seed(seed)

    def fit(self, train: Ratings) -> Self:
        """Fits `train`, a `Ratings` of stars, or of likes and dislikes; returns itself."""
        from surprise import SVD

        self.scale = Scale.of(train)
        self.algorithm = SVD(
            n_factors=self.num_factors,
            n_epochs=self.epochs,
            lr_all=self.learning_rate,
            reg_all=self.penalty,
            random_state=self.seed,
        ).fit(as_trainset(train))
        found = self.algorithm
        return self._keep(train, found.trainset.global_mean, found.bu, found.bi, found.pu, found.qi)

    def predict(self, user_index: ArrayLike, item_index: ArrayLike) -> NDArray[np.float64]:
        """Expected stars, or P(like) if fitted on likes: float64 `(num_asked,)`, inside the range of the ratings."""
        return self.scale.keep_inside(self._sum(user_index, item_index))


class LogisticFactorisation(_Factors):
    """P(like) = sigmoid(overall + user bias + film bias + user factors . film factors).

    Minimises the log loss summed over the ratings plus penalty * (squared factors) + bias_penalty * (squared biases),
    by Adam on mini-batches of ratings. The learning rate falls linearly to 0. The factors are embedding layers of
    Keras; "overall" is the log odds of the share of likes and is not trained.

    Args:
        num_factors: int >= 1.
        epochs: int >= 1, passes over the ratings.
        batch_size: int >= 1, ratings in a mini-batch.
        learning_rate: float > 0, of the first step.
        penalty, bias_penalty: floats > 0, L2 regularisation of factors and biases.
        seed: int, 0 <= seed < 2**32, of the initial factors and of the order of the ratings.
    Raises:
        ValueError: if an argument is out of range.
    References:
        Collins, Dasgupta and Schapire (2001), "A generalization of principal component analysis to the exponential
        family", the Bernoulli case.
    Example:
        >>> from rbm_lib import load, random_n
        >>> from rbm_lib.baselines import LogisticFactorisation
        >>> from rbm_lib.datasets import PlantedSettings
        >>> small = PlantedSettings(num_users=80, num_items=40, num_ratings=2000)
        >>> split = random_n(load("planted", planted=small).ratings.binarize(3), 2, seed=1)
        >>> rival = LogisticFactorisation(num_factors=2, epochs=1, seed=1).fit(split.inputs)
        >>> rival.predict(split.targets.user_index, split.targets.item_index).shape
        (160,)
    """

    name = "logistic factorisation"

    def __init__(
        self,
        num_factors: int = 20,
        epochs: int = 20,
        batch_size: int = 4096,
        learning_rate: float = 0.01,
        penalty: float = 4.0,
        bias_penalty: float = 2.0,
        *,
        seed: int,
    ) -> None:
        self.num_factors, self.epochs = check_count(num_factors, "num_factors"), check_count(epochs, "epochs")
        self.batch_size, self.seed = check_count(batch_size, "batch_size"), check_seed(seed)
        self.learning_rate = check_number(learning_rate, "learning_rate", above=0)
        self.penalty = check_number(penalty, "penalty", above=0)
        self.bias_penalty = check_number(bias_penalty, "bias_penalty", above=0)

    def fit(self, train: Ratings) -> Self:
        """Learns from `train`, a `Ratings` of likes and dislikes, both present; returns itself."""
        check_likes(train.rating, "train")
        share = float(train.rating.mean(dtype=np.float64)) if train.num_ratings else 0.0
        if not 0 < share < 1:
            raise ValueError(f"train: expected both likes and dislikes, found a share of likes of {share:g}")
        self.model = self._model(train, float(logit(share)))
        # All epochs run as one epoch of Keras, because starting one costs as much as many small batches.
        self.model.fit(_batches(train, self.batch_size, self.epochs, self.seed), shuffle=False, verbose=0)
        tables = [np.asarray(weight, np.float64) for weight in self.model.get_weights()]
        user_factors, item_factors, user_bias, item_bias = tables
        return self._keep(train, logit(share), user_bias[:, 0], item_bias[:, 0], user_factors, item_factors)

    def predict(self, user_index: ArrayLike, item_index: ArrayLike) -> NDArray[np.float64]:
        """P(like), float64 `(num_asked,)`, above 0 and below 1."""
        probability: NDArray[np.float64] = np.clip(expit(self._sum(user_index, item_index)), 1e-9, 1 - 1e-9)
        return probability

    def _model(self, train: Ratings, overall: float) -> keras.Model:
        """Compiled Keras model from (user_index, item_index) to log odds; its weights have the order of `tables`."""
        import keras

        seeds = np.random.SeedSequence(self.seed).generate_state(2).tolist()

        def table(
            size: int, width: int, penalty: float, initializer: keras.initializers.Initializer | str
        ) -> keras.layers.Embedding:
            # Keras averages the log loss over a batch, so the penalty is divided by the number of ratings.
            regularizer = keras.regularizers.L2(penalty / train.num_ratings)
            return keras.layers.Embedding(size, width, initializer, embeddings_regularizer=regularizer)

        start = [keras.initializers.RandomNormal(stddev=0.1, seed=seed) for seed in seeds]
        tables = [
            table(train.num_users, self.num_factors, self.penalty, start[0]),
            table(train.num_items, self.num_factors, self.penalty, start[1]),
            table(train.num_users, 1, self.bias_penalty, "zeros"),
            table(train.num_items, 1, self.bias_penalty, "zeros"),
        ]
        user, item = keras.Input((), dtype="int32"), keras.Input((), dtype="int32")
        factors = keras.layers.Dot(axes=1)([tables[0](user), tables[1](item)])
        log_odds = keras.layers.Add()([factors, tables[2](user), tables[3](item)]) + overall
        model = keras.Model([user, item], log_odds)
        steps = -(-train.num_ratings // self.batch_size) * self.epochs
        rate = keras.optimizers.schedules.PolynomialDecay(self.learning_rate, steps, end_learning_rate=0.0)
        model.compile(keras.optimizers.Adam(rate), keras.losses.BinaryCrossentropy(from_logits=True))
        return model


def _batches(train: Ratings, batch_size: int, epochs: int, seed: int) -> tf.data.Dataset:
    """`tf.data.Dataset` of ((user_index, item_index), rating), the order of an epoch a function of (seed, epoch)."""
    import tensorflow as tf

    num_batches = -(-train.num_ratings // batch_size)

    @lru_cache(maxsize=2)
    def order_of(epoch: int) -> NDArray[np.int64]:
        key = np.array([seed, epoch], dtype=np.uint64)
        return np.random.Generator(np.random.Philox(key=key)).permutation(train.num_ratings)

    def arrays(number: int) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
        epoch, batch = divmod(int(number), num_batches)
        rows = order_of(epoch)[batch * batch_size : (batch + 1) * batch_size]
        return train.user_index[rows], train.item_index[rows], train.rating[rows]

    def tensors(number: tf.Tensor) -> tuple[tuple[tf.Tensor, tf.Tensor], tf.Tensor]:
        flat = tf.numpy_function(arrays, [number], [tf.int32, tf.int32, tf.float32])
        user, item, rating = (tf.ensure_shape(tensor, (None,)) for tensor in flat)
        return (user, item), rating[:, None]

    return tf.data.Dataset.range(num_batches * epochs).map(tensors).prefetch(2)
