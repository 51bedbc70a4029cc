"""The explorer's numbers in a real browser, beside the library's."""

import numpy as np
import pytest
from support.explorer_making import NUM_FILMS, STARS, small_explorer, small_machine, titled
from support.family_making import MEMBERS, draw_parameters, make_model, random_ratings
from support.user_bias_making import BIASED, model_of

from rbm_lib import Ratings, sparse
from rbm_lib.analysis import portable_machine, unpacked
from rbm_lib.collection.pages import explorer_module
from rbm_lib.splits import Split

PEOPLE = 6  # of each of 17 members of the family: 102
EMBEDDED = {name: lambda name=name: make_model(MEMBERS[name], draw_parameters(MEMBERS[name])) for name in MEMBERS}
EMBEDDED |= {f"{name} and users": lambda name=name: model_of(BIASED[name]) for name in BIASED}
ANSWERS = """([bundle, people]) => people.map((pairs) => {
  const machine = new window.machine.Machine(bundle);
  const person = machine.person(new Map(pairs));
  const films = [...bundle.titles.keys()].filter((film) => !person.ratings.has(film));
  return {
    hidden: [...person.hidden],
    mean_field: films.map((film) => [...machine.distribution(film, person.hidden, person.tilt)]),
    exact: films.map((film) => [...machine.exact(film, person)]),
  };
})"""
PARTS = """([bundle, pairs]) => {
  const machine = new window.machine.Machine(bundle);
  const person = machine.person(new Map(pairs));
  const odds = (shares) => Math.log(shares.at(-1) / shares[0]);
  return bundle.titles.map((_, film) => {
    const found = machine.parts(film, person);
    const now = machine.distribution(film, person.hidden, person.tilt);
    const level = machine.distribution(film, machine.rest, person.tilt);
    return {
      moved: odds(now) - odds(level), total: found.total,
      units: found.ratings.reduce((sum, one) => sum + one.units.reduce((x, y) => x + y, 0), 0),
      steps: found.ratings.map((one) => one.total - one.that - one.how),
      left: found.ratings.map((one) => [one.film, machine.leftOut(film, one.film, person)]),
      expected: machine.expected(film, person), average: machine.average(film, person),
    };
  });
}"""
SWEEPS = """([bundle, pairs, count]) => {
  const machine = new window.machine.Machine(bundle);
  const person = machine.person(new Map(pairs));
  const random = window.machine.generator(7);
  const hidden = new Float64Array(machine.numHidden);
  const given = new Map(pairs.map(([film]) => [film, [0, 0]]));  // expected and drawn values, summed
  for (let n = 0; n < count; n++) {
    const next = machine.sweep(person, random);
    next.hidden.forEach((x, j) => (hidden[j] += x / count));
    for (const [film, sums] of given) {
      sums[0] += machine.mean(machine.distribution(film, next.hidden, person.tilt)) / count;
      sums[1] += machine.values[next.ratings.get(film)] / count;
    }
  }
  return { hidden: [...hidden], probability: [...person.hidden], given: [...given.values()] };
}"""


@pytest.fixture(scope="module")
def tab(browser):
    """A page with the explorer's modules as `window.machine` and `window.search`, and nothing else."""
    opened = browser.new_page()
    code = explorer_module().replace("export default", "window.explorer =")
    opened.add_script_tag(
        content=f"{code}\nwindow.machine = module_machine; window.search = module_search;", type="module"
    )
    opened.wait_for_function("window.search")
    yield opened
    opened.close()


def asked(inputs):
    """A `Split` whose targets are all films that its users have not rated."""
    unrated = np.ones((inputs.num_users, inputs.num_items), bool)
    unrated[inputs.user_index, inputs.item_index] = False
    counts, films = unrated.sum(axis=1), np.nonzero(unrated)[1].astype(np.int32)
    rating = np.full(len(films), inputs.rating.min(), np.float32)
    ids = {"user_id": inputs.user_id, "item_id": inputs.item_id}
    return Split(
        inputs, Ratings.from_counts(counts, item_index=films, rating=rating, **ids), "unrated", inputs.user_id[:0]
    )


def pairs_of(inputs, values):
    """Each user's ratings as the browser takes them: pairs of a film's place and a value's."""
    states = np.searchsorted(np.float32(values), inputs.rating)
    rows = zip(inputs.row_splits[:-1], inputs.row_splits[1:], strict=True)
    return [list(zip(inputs.item_index[a:b].tolist(), states[a:b].tolist(), strict=True)) for a, b in rows]


def assert_answers(answers, split, probabilities, inference, atol):
    found = np.concatenate([np.reshape(answer[inference], (-1, probabilities.shape[1])) for answer in answers])
    assert found.shape == probabilities.shape == (split.targets.num_ratings, probabilities.shape[1])
    np.testing.assert_allclose(found, probabilities, atol=atol, rtol=0)


@pytest.mark.parametrize("name", EMBEDDED)
def test_the_browser_infers_and_predicts_as_the_library_does(tab, name):
    model = EMBEDDED[name]()
    member = (MEMBERS | {f"{key} and users": member for key, (member, _) in BIASED.items()})[name]
    inputs = random_ratings(member, seed=len(name), num_users=PEOPLE)
    split = asked(inputs)
    bundle = portable_machine(model, titled(7), -np.arange(7), encoding="float32")
    answers = tab.evaluate(ANSWERS, [bundle, pairs_of(inputs, bundle["values"])])
    for inference in ("mean_field", "exact"):
        expected = model.predict_ratings(split, inference=inference, output="distribution")
        assert_answers(answers, split, expected, inference, 3e-6)
        assert np.ptp(expected[:, 0]) > 0.1  # else every machine would do


def test_numbers_of_one_byte_are_read_as_the_library_reads_them(tab):
    model = small_machine()
    for encoding in ("int8", "float16"):
        bundle = portable_machine(model, titled(), -np.arange(NUM_FILMS), encoding=encoding)
        rng = np.random.default_rng(2)
        rated = rng.random((40, NUM_FILMS)) < 0.3
        rated[:, 0] = True
        inputs = Ratings.from_dense(rng.choice(STARS, rated.shape), rated)
        split = asked(inputs)
        targets = split.targets.row_splits, split.targets.item_index
        rows = inputs.row_splits, inputs.item_index, inputs.rating
        expected = sparse.scored_pairs(*rows, *targets, unpacked(bundle), values=STARS)
        answers = tab.evaluate(ANSWERS, [bundle, pairs_of(inputs, STARS)])
        assert_answers(answers, split, expected, "mean_field", 1e-5)


def test_parts_add_up_to_what_the_ratings_changed(tab):
    explorer = small_explorer()
    pairs = [[3, 6], [5, 0], [11, 4], [40, 1]]
    found = tab.evaluate(PARTS, [explorer.bundle, pairs])
    moved = np.array([film["moved"] for film in found])
    assert np.abs(moved).max() > 0.5
    np.testing.assert_allclose([film["total"] for film in found], moved, atol=1e-9)
    np.testing.assert_allclose([film["units"] for film in found], moved, atol=1e-9)
    assert max(abs(step) for film in found for step in film["steps"]) < 1e-9


def test_a_rating_that_is_left_out_is_worth_what_the_library_says(tab):
    model = make_model(MEMBERS["ordinal conditional"], draw_parameters(MEMBERS["ordinal conditional"]))
    bundle = portable_machine(model, titled(7), -np.arange(7), encoding="float32")
    values, pairs = bundle["values"], [[0, 2], [3, 0], [5, 1]]
    whole = [(film, values[state]) for film, state in pairs]

    def expected(given):
        row = Ratings.from_triples(["x"] * len(given), *zip(*given, strict=True), item_ids=np.arange(7))
        return model.predict(row, verbose=0)[0]

    for film, found in enumerate(tab.evaluate(PARTS, [bundle, pairs])):
        assert found["expected"] == pytest.approx(expected(whole)[film], abs=1e-5)
        for rated, worth in found["left"]:
            others = [pair for pair in whole if pair[0] != rated]
            assert worth == pytest.approx(expected(whole)[film] - expected(others)[film], abs=1e-5)


def test_the_baseline_is_that_of_film_and_user_biases(tab):
    bundle = small_explorer().bundle
    pairs = [[3, 6], [5, 6], [11, 5]]
    tables = unpacked(bundle)
    given = np.array([0, 3]), np.array([3, 5, 11]), np.float32([STARS[6], STARS[6], STARS[5]])
    bias, _, _ = sparse.infer_user_biases(*given, tables.shares, tables.tilts, tables.precision, values=STARS)
    shares = tables.shares * np.exp(tables.tilts @ bias[0])
    expected = shares @ np.array(STARS) / shares.sum(axis=1)
    found = [film["average"] for film in tab.evaluate(PARTS, [bundle, pairs])]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert (expected > tables.shares @ np.array(STARS) / tables.shares.sum(axis=1)).all()  # a generous user's


def test_the_chain_draws_units_and_ratings_by_their_probabilities(tab):
    count = 4000
    found = tab.evaluate(SWEEPS, [small_explorer().bundle, [[3, 6], [5, 0], [11, 4]], count])
    probability = np.array(found["probability"])
    error = np.sqrt(probability * (1 - probability) / count)
    assert (np.abs(np.array(found["hidden"]) - probability) < 5 * error).all()
    expected, drawn = np.array(found["given"]).T
    assert (np.abs(drawn - expected) < 5 * np.ptp(STARS) / 2 / np.sqrt(count)).all()


def test_titles_are_completed_whatever_their_articles_and_accents(tab):
    find = "([titles, typed]) => window.search.matching(titles.map(window.search.plain), typed).map((n) => titles[n])"
    titles = ["Matrix, The (1999)", "The Net (1995)", "Amélie (2001)", "Dr. Strange: A Matrix (1970)", "1917"]
    for typed, expected in {
        "the matr": ["Matrix, The (1999)", "Dr. Strange: A Matrix (1970)"],
        "AMELIE": ["Amélie (2001)"],
        "net": ["The Net (1995)"],
        "strange matrix": ["Dr. Strange: A Matrix (1970)"],
        "191": ["1917"],
        "atrix": [],
        "": [],
    }.items():
        assert tab.evaluate(find, [titles, typed]) == expected, typed
