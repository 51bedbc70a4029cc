"""A recipe: the settings to make and train one predictor of stars or likes, so that it can be named and repeated."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from rbm_lib._checks import check_choice, check_count, check_number, check_seed
from rbm_lib._states import LIKES
from rbm_lib.data import Ratings
from rbm_lib.sparse import INFERENCES
from rbm_lib.splits import Split

from .combined import ItemBased
from .model import NEGATIVES, RBM
from .training.schedule import check_cd_steps
from .units.choice import UNITS
from .units.softmax import STARS

if TYPE_CHECKING:
    from .biases import Biases

BASES = ("user", "item")


@dataclass(frozen=True)
class Recipe:
    """The settings of a predictor and of its training with Adam, whose learning rate falls linearly to 0.

    Attributes:
        based: "user" (a row is a user, a visible unit a film) or "item" (the reverse).
        units, conditional, cd_steps, weight_decay, num_hidden, inference, seed: as in `RBM`.
        stars: ascending numbers, the possible ratings, for units named "softmax", "ordinal" or "polynomial".
        degree: int, of polynomial units.
        user_bias, hidden_offset, negative: as in `RBM`; machines with user biases start from `initialize_from_biases`.
        prior_precision: float >= 0, of a normal prior of the weights (couplings). Divided by the number of rows (users
            or films), it is added to the weight decay, so that it means the same for few rows and for many.
        centred: see `RBM.initialize_from_base_rates`.
        batch_size: int, rows in a mini-batch.
        epochs: int, passes over the rows.
        learning_rate: float, of the first step.
    Raises:
        ValueError: naming the argument, for a value out of its range.
    Example:
        >>> from rbm_lib import Recipe, load, random_fraction
        >>> stars = random_fraction(load("planted").ratings, 0.1, seed=1)
        >>> recipe = Recipe(based="item", num_hidden=5, epochs=1, batch_size=128)
        >>> predictor, history = recipe.train(stars.inputs)
        >>> predictor.predict_ratings(stars).shape == (stars.targets.num_ratings,)  # expected stars
        True
    """

    based: str = "user"
    units: Any = "ordinal"
    stars: tuple[float, ...] = STARS
    degree: int = 1
    conditional: bool = True
    user_bias: int = 0
    hidden_offset: float = 0.0
    negative: str = "sampled"
    prior_precision: float = 0.0
    num_hidden: int = 200
    batch_size: int = 256
    epochs: int = 40
    learning_rate: float = 0.003
    weight_decay: float = 0.005
    cd_steps: int | dict[int, int] = 1
    centred: bool = False
    inference: str = "exact"
    seed: int = 1

    def __post_init__(self) -> None:
        check_choice(self.based, BASES, "based")
        check_choice(self.inference, INFERENCES, "inference")
        check_number(self.learning_rate, "learning_rate", above=0)
        check_number(self.weight_decay, "weight_decay", least=0)
        check_number(self.prior_precision, "prior_precision", least=0)
        check_number(self.hidden_offset, "hidden_offset", least=0, most=1)
        check_choice(self.negative, NEGATIVES, "negative")
        whole: dict[str, Any] = {
            name: check_count(getattr(self, name), name) for name in ("num_hidden", "batch_size", "epochs")
        }
        whole |= {
            "degree": check_count(self.degree, "degree"),
            "user_bias": check_count(self.user_bias, "user_bias", least=0),
        }
        whole |= {"cd_steps": check_cd_steps(self.cd_steps), "seed": check_seed(self.seed)}
        for name, value in whole.items():
            object.__setattr__(self, name, value)  # frozen; NumPy's whole numbers become Python's

    @classmethod
    def for_ratings(cls, ratings: Ratings, *, based: str = "item", **settings: Any) -> "Recipe":
        """A good first recipe for ratings of any kind: a machine that is never much worse than the biases alone.

        Its weights are linear in the star, it has biases of users, visible and hidden units are centred (hidden units
        at a half), and reconstructions are expected ones. These settings were best, or within 0.003 stars of the best,
        on random tenths of five sets of 21,000 to 90,000 ratings; `evaluation.AutomaticMachine` chooses the one that
        matters most, `prior_precision`.

        Args:
            ratings: `Ratings`, the training part; its values become those of the units.
            based: "user" or "item".
            **settings: attributes with other values.
        Returns:
            recipe: `Recipe`.
        Raises:
            ValueError: naming the argument; for ratings of fewer than two values.
        Example:
            >>> from rbm_lib import Recipe, load
            >>> recipe = Recipe.for_ratings(load("planted").ratings)
            >>> recipe.units, recipe.stars, recipe.num_hidden
            ('polynomial', (1.0, 2.0, 3.0, 4.0, 5.0), 200)
        """
        values = tuple(np.unique(ratings.rating).tolist())
        if len(values) < 2:
            found = f"{values[0]:g} alone" if values else "none"
            raise ValueError(f"ratings: expected at least two values, found {found}")
        start: dict[str, Any] = {
            "based": based,
            "units": "bernoulli" if values == LIKES else "polynomial",
            "stars": values,
            "user_bias": 1,
            "hidden_offset": 0.5,
            "negative": "expected",
            "prior_precision": 30.0,
            "weight_decay": 0.0,
            "batch_size": 64,
            "epochs": 10,
            "learning_rate": 0.006,
        }
        return cls(**start | settings)

    def make(self, ratings: Ratings, biases: "Biases | None" = None) -> RBM | ItemBased:
        """The untrained predictor, with its visible biases at the base rates.

        Args:
            ratings: `Ratings`, the training part.
            biases: `Biases` of users and films of those ratings, for a machine with user biases; None fits them. If
                several machines are trained on the same ratings, fitting the biases once saves up to a third of the
                time.
        Returns:
            predictor: `RBM`, compiled, or `ItemBased` around one.
        """
        size, cases = ratings.num_items, ratings.ratings_per_user
        if self.based == "item":
            size, cases = ratings.num_users, ratings.ratings_per_item
        model = RBM(
            size,
            self.num_hidden,
            units=self._units(),
            conditional=self.conditional,
            user_bias=self.user_bias,
            hidden_offset=self.hidden_offset,
            negative=self.negative,
            cd_steps=self.cd_steps,
            weight_decay=self.weight_decay + self.prior_precision / max(1, int((cases > 0).sum())),
            inference=self.inference,
            seed=self.seed,
        )
        predictor = ItemBased(model) if self.based == "item" else model
        if self.user_bias:
            predictor.initialize_from_biases(ratings, biases)
        else:
            predictor.initialize_from_base_rates(ratings, centred=self.centred)
        steps = -(-int((cases > 0).sum()) // self.batch_size) * self.epochs
        rate = keras.optimizers.schedules.PolynomialDecay(self.learning_rate, steps, end_learning_rate=0.0)
        predictor.compile(keras.optimizers.Adam(rate))
        return predictor

    def _units(self) -> Any:
        """The units, with the recipe's values if they are given by name."""
        kinds: dict[str, Any] = UNITS
        if self.units == "polynomial":
            return kinds[self.units](self.stars, self.degree)
        return kinds[self.units](self.stars) if self.units in ("softmax", "ordinal") else self.units

    def train(
        self, ratings: Ratings, validation: Split | None = None, *, biases: "Biases | None" = None, **arguments: Any
    ) -> tuple[RBM | ItemBased, keras.callbacks.History]:
        """Makes and trains the predictor.

        Args:
            ratings: `Ratings`, the training part.
            validation: `Split` that is scored after every epoch, or None.
            biases: as in `make`.
            **arguments: those of `RBM.fit`, such as `callbacks`.
        Returns:
            predictor: trained; `predict_ratings(split)` predicts.
            history: `keras.callbacks.History`.
        """
        predictor = self.make(ratings, biases)
        arguments = {"verbose": 0, "epochs": self.epochs, "batch_size": self.batch_size} | arguments
        history = predictor.fit(ratings, validation_data=validation, **arguments)
        return predictor, history

    def settings(self) -> dict[str, int | float | str]:
        """The recipe as a flat dict, for a table."""
        return {
            name: value if isinstance(value, int | float | str) else str(value) for name, value in asdict(self).items()
        }
