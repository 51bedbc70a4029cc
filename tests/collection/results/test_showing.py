"""What a notebook shows at its end."""

from rbm_lib.collection import open_report


def test_the_summary_says_the_answer_unless_it_stands_right_above(tmp_path, monkeypatch):
    monkeypatch.setenv("RBM_REPORTS_DIR", str(tmp_path))
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw, metadata: shown.append(data["text/markdown"]))
    report = open_report("07-taste", dataset="planted", profile="quick")
    report.recap()
    assert shown == []
    report.conclude("First.")
    report.conclude("Second.", answer=True)
    report.recap()
    assert shown == ["First.", "Second."]  # nothing again: each conclusion stands where it was drawn
    report.conclude("Third.")
    report.recap()
    assert shown == ["First.", "Second.", "Third.", "Second."]
