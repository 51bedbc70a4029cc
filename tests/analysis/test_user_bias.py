"""What asks a machine that is the same for all users refuses one whose users have biases, by name."""

import numpy as np
import pytest
from support.family_making import MEMBERS, Member, draw_parameters, make_model, random_ratings

from rbm_lib import analysis
from rbm_lib.models.energy import log_partition

MEMBER = Member("polynomial", conditional=True, centred=True, degree=2, hidden_offset=0.5)
CALLS = {
    "log_likelihood": lambda model, r: analysis.log_likelihood(model, r, num_temperatures=2, num_chains=2, seed=1),
    "free_energy_gap": lambda model, r: analysis.free_energy_gap(model, r, r, num_people=2, seed=1),
    "hidden_means": analysis.hidden_means,
    "chain_of_user": lambda model, r: analysis.chain_of_user(model, r, user_index=0, gibbs_steps=1, seed=1),
    "fantasy_ratings": lambda model, r: analysis.fantasy_ratings(model, r, num_temperatures=2, gibbs_steps=1, seed=1),
    "fantasy_users": lambda model, r: analysis.fantasy_users(
        model, [0, 1], num_people=2, num_temperatures=2, gibbs_steps=1, seed=1
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_machines_that_differ_from_user_to_user_are_refused(name):
    ratings = random_ratings(MEMBER)
    model = make_model(MEMBER, draw_parameters(MEMBER), user_bias=1)
    with pytest.raises(ValueError, match="model: expected one whose users have no biases, found user_bias=1"):
        CALLS[name](model, ratings)
    CALLS[name](make_model(MEMBER, draw_parameters(MEMBER)), ratings)  # the same without is taken


@pytest.mark.parametrize("name", ["polynomial", "polynomial conditional", "softmax about a quarter"])
def test_annealed_bounds_hold_for_polynomial_couplings_and_hidden_offsets(name):
    member = MEMBERS[name]
    model, ratings = make_model(member, draw_parameters(member, scale=0.5)), random_ratings(member)
    found = analysis.log_partition_bounds(ratings, model.parameters, num_temperatures=100, num_chains=200, seed=1)
    exact = log_partition(ratings.to_dense()[1], model.parameters)
    np.testing.assert_allclose(found.lower, exact, atol=0.1)
    np.testing.assert_allclose(found.upper, exact, atol=0.1)
