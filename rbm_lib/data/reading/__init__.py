"""Files of ratings into `Ratings`: the MovieLens files, strictly, and any table that a reader brings."""
