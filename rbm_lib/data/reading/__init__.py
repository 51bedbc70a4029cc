"""Files of ratings into `Ratings`: the MovieLens files, strictly, and tables of your own."""
