"""The note at the top of pages of the quick profile: this is a toy run, and where the full one is."""

from .. import places

REAL = "ml-1m"  # the data set of the full run whose results are committed


def quick_note(dataset: str, profile: str) -> str:
    """The note, empty for a full run.

    Args:
        dataset, profile: of the notebooks' runs.
    """
    if profile != "quick":
        return ""
    ratings = "ratings that were made up" if dataset == "planted" else "these ratings"
    return (
        f"This is the toy run: small machines, few passes, on {ratings}. It shows how things are done, not how good "
        f"they are. The real run stands in reports/{REAL}/RESULTS.md; `{places.make_command(REAL, 'full')}` makes its "
        "pages."
    )
