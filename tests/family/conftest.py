"""What most tests of the family are given: each member, each engine, each machine with user biases."""

import pytest
from support.family_making import ENGINES, MEMBERS
from support.user_bias_making import BIASED


@pytest.fixture(params=MEMBERS)
def member(request):
    return MEMBERS[request.param]


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


@pytest.fixture(params=BIASED)
def biased(request):
    return BIASED[request.param]
