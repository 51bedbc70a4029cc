"""The file of a recommender: it comes back as it was, and nothing damaged or foreign is taken."""

import io
import json
import tempfile
import zipfile
from dataclasses import replace

import h5py
import numpy as np
import pytest
from support.command_making import NUM_ITEMS, NUM_USERS, learnt, model_file

from rbm_lib.commands import model_files


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return model_file(tmp_path_factory.mktemp("good"))


@pytest.fixture(scope="module")
def read_again(good):
    return model_files.read(good)


def rewritten(good, path, **parts):
    """A copy with other parts: bytes, or None for one that is left out."""
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(path, "w") as new:
        names = [name for name in old.namelist() if name not in parts]
        for name in names:
            new.writestr(name, old.read(name))
        for name, content in parts.items():
            if content is not None:
                new.writestr(name, content)
    return path


def about_of(good, **changes):
    with zipfile.ZipFile(good) as archive:
        return json.dumps(json.loads(archive.read("about.json")) | changes).encode()


def npy(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def test_what_is_written_comes_back(read_again):
    before = learnt()
    for name in ("row_splits", "item_index", "rating", "user_id", "item_id"):
        np.testing.assert_array_equal(getattr(read_again.ratings, name), getattr(before.ratings, name))
    assert read_again.titles == before.titles
    assert read_again.titles[4] == "NA (1986)"
    assert read_again.ratings.item_id[3] == "003x"
    assert (read_again.name, read_again.threshold) == (before.name, before.threshold)
    assert read_again.reading == {"unrated": [99.0]}
    assert read_again.about["seed"] == 1
    np.testing.assert_array_equal(read_again.pool.weights, before.pool.weights)


def test_the_same_recommendations_come_of_it(read_again):
    for one, other in zip(read_again.best(range(NUM_USERS), 5), learnt().best(range(NUM_USERS), 5), strict=True):
        assert one.user_id == other.user_id
        np.testing.assert_array_equal(one.item_index, other.item_index)
        np.testing.assert_array_equal(one.score, other.score)


def test_ids_that_are_numbers_stay_numbers(tmp_path):
    before = learnt()
    ratings = replace(before.ratings, user_id=np.arange(NUM_USERS) * 3 - 7, item_id=np.arange(NUM_ITEMS) * 2)
    model_files.save(replace(before, ratings=ratings, titles=None), tmp_path / "numbers.rbm")
    after = model_files.read(tmp_path / "numbers.rbm")
    np.testing.assert_array_equal(after.ratings.user_id, ratings.user_id)
    assert after.ratings.item_id.dtype == np.int64
    assert after.names[2] == "4"


def outcome(path):
    """The recommender of a file, or how it is refused."""
    try:
        return model_files.read(path)
    except ValueError as error:
        return str(error)


def test_whatever_is_cut_off_or_flipped_is_refused_or_harmless(good, tmp_path, read_again):
    whole = good.read_bytes()
    rng = np.random.default_rng(1)
    path = tmp_path / "damaged.rbm"
    for number in range(60):
        place = int(rng.integers(0, len(whole)))
        cut, flipped = whole[:place], whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :]
        path.write_bytes(cut if number % 2 else flipped)
        found = outcome(path)
        if isinstance(found, str):
            assert found.startswith(f"{path}: expected a trained recommender, found ")
            assert len(found.splitlines()) == 1
        else:  # a byte that nothing hangs on, as a date in a header
            np.testing.assert_array_equal(found.ratings.rating, read_again.ratings.rating)
            np.testing.assert_array_equal(found.pool.weights, read_again.pool.weights)


FAULTS = {
    "no about": ({"about.json": None}, "an archive of something else"),
    "no array": ({"rating.npy": None}, "a damaged one"),
    "no machine": ({"machine0.keras": None}, "a damaged one"),
    "no titles": ({"titles.json": None}, "a damaged one"),
    "an object array": ({"rating.npy": npy(np.array([object()] * 3))}, "rating of shape (3,) and type object"),
    "another type": ({"rating.npy": npy(np.zeros(3, np.int64))}, "rating of shape (3,) and type int64"),
    "texts": ({"titles.json": b"[1, 2, 3]"}, "titles.json without its 19 texts"),
    "a deep list": ({"titles.json": b"[" * 100_000}, "a damaged one (RecursionError"),
    "no machine's bytes": ({"machine1.keras": b"PK"}, "a damaged one"),
    "biases": ({"biases/user.npy": npy(np.full((97, 1), np.nan))}, "biases that are no numbers"),
    "biases of another size": ({"biases/user.npy": npy(np.zeros((30, 1)))}, "biases/user of shape (30, 1)"),
}
SAID = {
    "another kind": ({"kind": "something"}, "an archive of something else"),
    "a later version": ({"version": 3, "library": "9.9"}, "version 3 of its form, written by rbm_lib '9.9'"),
    "an earlier version": (
        {"version": 1, "library": "0.2.0", "weights": [0.1, 0.2, 0.7], "machines": None},
        "version 1 of its form, written by rbm_lib '0.2.0'; this is rbm_lib ",
    ),
    "more users": ({"users": 98}, "row_splits of shape (98,)"),
    "very many users": ({"users": 10**12}, "row_splits of shape (98,)"),
    "no users": ({"users": 0}, "0 for the number of users"),
    "a word for a number": ({"items": "19"}, "'19' for the number of items"),
    "other values": ({"values": [1, 2, 3, 4, 6]}, "ratings that are none of its values"),
    "values in no order": ({"values": [5, 4, 3, 2, 1]}, "values that are no scale"),
    "a weight too few": ({"weights": [[1, 2, 3]]}, "weights that do not fit its machines"),
    "infinite weights": ({"weights": [[1, 2, float("inf")]]}, "weights that are no numbers"),
    "a word for the threshold": ({"threshold": "3"}, "a threshold or a name of another type"),
    "more values than machines": ({"values": [0, 1, 2, 3, 4, 5]}, "a machine of items with other sizes or values"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_part_that_is_missing_or_foreign_is_refused(good, tmp_path, fault):
    parts, said = FAULTS[fault]
    path = rewritten(good, tmp_path / "m.rbm", **parts)
    with pytest.raises(ValueError, match=r"^[^\n]+$") as raised:
        model_files.read(path)
    assert f"{path}: expected a trained recommender, found {said}" in str(raised.value)


@pytest.mark.parametrize("fault", SAID)
def test_what_a_file_says_of_itself_must_fit(good, tmp_path, fault):
    changes, said = SAID[fault]
    path = rewritten(good, tmp_path / "m.rbm", **{"about.json": about_of(good, **changes)})
    with pytest.raises(ValueError, match=r"^[^\n]+$") as raised:
        model_files.read(path)
    assert f"{path}: expected a trained recommender, found {said}" in str(raised.value)


def test_an_array_that_says_it_is_huge_takes_no_memory(good, tmp_path):
    header = npy(np.zeros(3, np.float32)).replace(b"(3,), }         ", b"(3000000000000,), }")[:128]
    path = rewritten(good, tmp_path / "m.rbm", **{"rating.npy": header + b"\0" * 12})
    with pytest.raises(ValueError, match=r"rating of shape \(3\d*,\)"):
        model_files.read(path)


def test_a_compressed_part_is_refused(good, tmp_path):
    path = tmp_path / "m.rbm"
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    with pytest.raises(ValueError, match=r"a part 'about.json' that is compressed, which its own parts never are"):
        model_files.read(path)


def test_another_file_is_refused(tmp_path):
    (tmp_path / "ratings.csv").write_text("user,item,rating\n")
    for name, said in (
        ("ratings.csv", "another or a damaged file"),
        ("nothing.rbm", "nothing"),
        (".", "a folder"),
    ):
        with pytest.raises(ValueError, match=f"found {said}; make it by `python -m rbm_lib train FILE -o MODEL`"):
            model_files.read(tmp_path / name)


def test_a_machine_is_kept_without_what_its_training_needs(good):
    """Its parameters alone: the optimizer's moments would be twice as much again."""
    model, found = learnt().user_based, []
    assert model.optimizer is not None
    with zipfile.ZipFile(good) as archive:
        packed = archive.read(f"machine{learnt().machines.index(model)}.keras")
    weights = zipfile.ZipFile(io.BytesIO(packed)).read("model.weights.h5")
    with h5py.File(io.BytesIO(weights)) as file:
        file.visititems(lambda _, node: found.append(node.size) if isinstance(node, h5py.Dataset) else None)
    counts = 2  # of epochs and steps
    assert sum(found) == sum(weights.size for weights in model.get_weights()) + counts


def test_a_full_disk_is_no_damage_of_the_file(good, monkeypatch):
    """Machines are read by way of a temporary folder."""

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(OSError, match="No space left") as raised:
        model_files.read(good)
    assert raised.value.filename == tempfile.gettempdir()


def test_too_little_memory_is_no_damage_of_the_file(good, monkeypatch):
    def much(*_, **__):
        raise MemoryError

    monkeypatch.setattr(model_files, "read_machine", much)
    with pytest.raises(MemoryError):
        model_files.read(good)


def test_a_file_that_may_not_be_read_is_said_to_be_so(good, monkeypatch):
    def forbidden(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", forbidden)
    with pytest.raises(ValueError, match=r"machine\.rbm: expected a file that can be read, found Permission denied$"):
        model_files.read(good)


def test_a_full_disk_leaves_the_old_file(good, tmp_path, monkeypatch):
    path = tmp_path / "m.rbm"
    path.write_bytes(good.read_bytes())

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(model_files, "put_array", full)
    with pytest.raises(OSError, match="No space left"):
        model_files.save(learnt(), path)
    assert path.read_bytes() == good.read_bytes()
    assert [one.name for one in tmp_path.iterdir()] == ["m.rbm"]
