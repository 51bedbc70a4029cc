"""Small tables of ratings in many clothes: 7 users, 11 films, 41 ratings of 1 to 5 stars, in no order."""

import numpy as np

NUM_USERS, NUM_ITEMS, NUM_RATINGS = 7, 11, 41


def triples():
    """(user, item, stars) of the table, in the order of its lines."""
    rng = np.random.default_rng(5)
    pairs = [(user, item) for user in range(1, NUM_USERS + 1) for item in range(1, NUM_ITEMS + 1)]
    chosen = rng.permutation(len(pairs))[:NUM_RATINGS]
    return [(*pairs[place], 1 + (pairs[place][0] * 3 + pairs[place][1]) % 5) for place in chosen]


ROWS = triples()


def lines(separator=",", header="user,item,rating", user=str, item=str, rating=str, end="\n"):
    """The table as text; functions say how a value is written."""
    own = [separator.join([user(u), item(i), rating(r)]) for u, i, r in ROWS]
    first = [header.replace(",", separator)] if header else []
    return end.join([*first, *own]) + end


def as_rows(ratings):
    """(user, item, stars) in the order of the file, ids as they are."""
    frame = ratings.to_frame().iloc[np.argsort(ratings.source_row)]
    return [tuple(row) for row in frame[["user_id", "item_id", "rating"]].itertuples(index=False)]


def write(folder, content, name="mine.csv"):
    """Writes a text or bytes and returns the path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
