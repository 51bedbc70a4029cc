"""Compiled loops on disk follow the sources they were made from."""

from rbm_lib.kernel_cache import SOURCES, discard_stale_kernels


def test_compiled_loops_go_when_any_source_changes(tmp_path):
    for name in SOURCES:
        (tmp_path / name).write_text("one")
    cache = tmp_path / "__pycache__"
    cache.mkdir()
    compiled = [cache / "sparse_kernels.chains-11.py311.nbi", cache / "sparse_kernels.chains-11.py311.1.nbc"]
    other = cache / "sparse_kernels.cpython-311.pyc"
    for file in (*compiled, other):
        file.touch()
    assert discard_stale_kernels(tmp_path) == 2  # nobody knows what these were made from
    assert not any(file.exists() for file in compiled)
    compiled[0].touch()
    assert discard_stale_kernels(tmp_path) == 0
    (tmp_path / "draw_layout.py").write_text("another constant")
    assert discard_stale_kernels(tmp_path) == 1
    assert other.exists()


def test_a_folder_without_caches_is_no_obstacle(tmp_path):
    for name in SOURCES:
        (tmp_path / name).write_text("one")
    assert discard_stale_kernels(tmp_path) == 0
