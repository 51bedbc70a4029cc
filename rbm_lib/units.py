"""Visible units: what a rating is, how it is drawn, what summing it out costs."""

import numpy as np
import tensorflow as tf


class Bernoulli:
    """Like (1) or dislike (0), with P(like) = sigmoid(activation).

    A dislike and an unrated film both contribute nothing to the hidden units' input; the mask alone tells them apart,
    in the chain, in the gradient and in the normaliser.
    """

    name = "bernoulli"
    values = (0.0, 1.0)

    @staticmethod
    def probabilities(activation):
        """P(like), float, of the shape of `activation` (in nats)."""
        return tf.sigmoid(activation)

    @staticmethod
    def sample(probabilities, uniform):
        """1.0 where the draw falls below the probability, else 0.0; a float array of the same shape."""
        return tf.cast(uniform < probabilities, probabilities.dtype)

    @staticmethod
    def log_normaliser(activation):
        """log(1 + exp(activation)): the log of the sum over both values, in nats."""
        return tf.nn.softplus(activation)

    @classmethod
    def check(cls, rating, argument):
        """Raises ValueError unless every entry of `rating` (a NumPy array) is 0 or 1."""
        wrong = ~np.isin(rating, cls.values)
        if wrong.any():
            first = np.asarray(rating)[wrong].flat[0]
            raise ValueError(
                f"{argument}: expected ratings 0 (dislike) or 1 (like), found {first} and {int(wrong.sum()) - 1} more "
                "out of range; `ratings.binarize(threshold=3)` turns stars into likes"
            )


def base_rate_logits(ratings, smoothing=5.0):
    """Visible biases that reproduce each film's smoothed share of likes.

    log odds of (likes + smoothing * overall share) / (ratings + smoothing), film by film

    Args:
        ratings: `Ratings` of likes and dislikes.
        smoothing: float > 0, how many ratings at the overall share are added to each film.
    Returns:
        visible_bias: float32 `(num_items,)`, in nats.
    Raises:
        ValueError: for `smoothing` of 0 or less, or ratings other than 0 and 1.
    """
    if not smoothing > 0:
        raise ValueError(f"smoothing: expected a number above 0, found {smoothing!r}")
    Bernoulli.check(ratings.rating, "ratings")
    like = np.bincount(ratings.item_index, weights=ratings.rating, minlength=ratings.num_items)
    count = np.bincount(ratings.item_index, minlength=ratings.num_items)
    overall = (like.sum() + 0.5) / (count.sum() + 1.0)  # half a like keeps it off 0 and 1
    share = (like + smoothing * overall) / (count + smoothing)
    return (np.log(share) - np.log1p(-share)).astype(np.float32)
