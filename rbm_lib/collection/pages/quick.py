"""What every page and index of the quick profile says first: that it is the toy run, and where the real one is."""

from .. import places

REAL = "ml-1m"  # the data set of the full run whose results are committed


def quick_note(dataset: str, profile: str) -> str:
    """A note for the reader, empty for a full run.

    Args:
        dataset, profile: what the notebooks were run on.
    """
    if profile != "quick":
        return ""
    ratings = "ratings that were made up" if dataset == "planted" else "these ratings"
    return (
        f"This is the toy run: small machines, few passes, on {ratings}. It shows how things are done, not how good "
        f"they are. The real run stands in reports/{REAL}/RESULTS.md; `{places.make_command(REAL, 'full')}` makes its "
        "pages."
    )
