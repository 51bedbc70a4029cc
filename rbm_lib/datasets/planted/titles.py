"""Invented titles for planted films: a year, and words that suit the film's first genre."""

import numpy as np

_ADJECTIVES = (
    *("Quiet", "Crooked", "Golden", "Borrowed", "Distant", "Midnight", "Paper", "Silver", "Forgotten", "Wandering"),
    *("Second", "Blue", "Hollow", "Bright", "Restless", "Hidden", "Velvet", "Northern", "Last", "Gentle"),
    *("Burning", "Broken", "Honest", "Lonely", "Patient", "Reckless", "Scarlet", "Secret", "Slow", "Tender"),
    *("Unlikely", "Winter", "Crystal", "Early", "Faithful", "Amber", "Endless", "Perfect", "Sunken", "Wild"),
)
_PLACES = (
    *("Lisbon", "Halifax", "Montréal", "Galway", "Trieste", "Valparaíso", "Osaka", "Tucson", "Málaga", "Bergen"),
    *("Calcutta", "Savannah", "Zürich", "Oaxaca", "Marseille", "Göteborg", "Tangier", "Odessa", "Kyoto", "Brighton"),
)
_NAMES = (
    *("Zoë", "Mr. Whitlock", "Inés", "Augusta", "Old Tom", "Miss Farrow", "Björn", "Clementine", "Señor Paz", "Ada"),
    *(
        "Dr. Marlowe",
        "Noor",
        "Uncle Emil",
        "Beatrix",
        "Captain Vane",
        "Françoise",
        "Little Sam",
        "Magda",
        "Otis",
        "Pearl",
    ),
)
_WORDS = {
    "Sci-Fi": "Orbit,Signal,Machine,Horizon,Comet,Satellite,Equation,Android,Eclipse,Antenna,Colony,Gravity,Nebula",
    "Romance": "Letter,Summer,Heart,Promise,Waltz,Garden,Kiss,Serenade,Honeymoon,Balcony,Stranger,Rose,Embrace,Goodbye",
    "Comedy": "Wedding,Neighbor,Mustache,Vacation,Butler,Cousin,Sandwich,Alibi,Parade,Umbrella,Goose,Inheritance",
    "Thriller": "Witness,Staircase,Telegram,Passenger,Shadow,Keyhole,Verdict,Informer,Silence,Envelope,Mirror,Hostage",
    "Adventure": "Compass,Voyage,Expedition,Treasure,Caravan,Mountain,Harbor,Lagoon,Map,Lighthouse,Trail,Glacier",
    "Musical": "Melody,Orchestra,Chorus,Tango,Trumpet,Encore,Ballroom,Songbird,Overture,Carnival,Piano,Lullaby",
    "Western": "Saddle,Stagecoach,Frontier,Marshal,Prairie,Stallion,Outlaw,Saloon,Homestead,Sundown,Railroad,Coyote",
    "Horror": "Cellar,Mask,Orchard,Whisper,Lantern,Attic,Doll,Scarecrow,Fog,Séance,Graveyard,Chapel,Nightmare",
    "Animation": "Hedgehog,Puddle,Kite,Acorn,Snowman,Rabbit,Teapot,Dragonfly,Balloon,Firefly,Otter,Lollipop,Robin",
    "Crime": "Heist,Ledger,Detective,Jury,Diamond,Racket,Safecracker,Motive,Getaway,Precinct,Forger,Accomplice,Clue",
    "Fantasy": "Crown,Enchantress,Griffin,Amulet,Kingdom,Forest,Prophecy,Unicorn,Wizard,Sword,Labyrinth,Spell,Tower",
    "War": "Regiment,Armistice,Trench,Sentry,Convoy,Bugle,Battalion,Outpost,Ration,Campaign,Truce,Medal,Bridge",
    "Drama": "River,Daughter,Winter,Promise,House,Teacher,Autumn,Window,Inheritance,Road,Photograph,Tide,Silence",
}
_NOUNS = {genre: tuple(nouns.split(",")) for genre, nouns in _WORDS.items()}
_ATTEMPTS = 200


def invent_titles(first_genres: list[str], rng: np.random.Generator) -> list[str]:
    """A distinct title with a year for each film.

    Args:
        first_genres: genre of each film, a key of the word lists.
        rng: generator for the words.
    Returns:
        titles: as in MovieLens, `The Quiet Comet (1987)`; Latin-1 characters only.
    """
    taken: set[str] = set()
    titles = []
    for genre in first_genres:
        name = _new_name(_NOUNS[genre], taken, rng)
        taken.add(name)
        year = 2000 - int(70 * rng.random() ** 2.5)  # most films are recent ones, as in MovieLens
        titles.append(f"{name} ({year})")
    return titles


def _new_name(nouns: tuple[str, ...], taken: set[str], rng: np.random.Generator) -> str:
    for _ in range(_ATTEMPTS):
        name = _name(nouns, rng)
        if name not in taken:
            return name
    # After so many films the word lists are used up: the last name gets sequels.
    part = 2
    while f"{name}, Part {part}" in taken:
        part += 1
    return f"{name}, Part {part}"


def _name(nouns: tuple[str, ...], rng: np.random.Generator) -> str:
    adjective, place, person, noun, other = (
        words[int(rng.random() * len(words))] for words in (_ADJECTIVES, _PLACES, _NAMES, nouns, nouns)
    )
    pattern = int(rng.random() * 20)
    if pattern < 11:
        return f"The {adjective} {noun}"
    if pattern < 14:
        return f"The {noun} of {place}"
    if pattern < 16:
        return f"{person} and the {noun}"
    if pattern < 18:
        return f"A {noun} in {place}" if noun[0] not in "AEIOU" else f"An {noun} in {place}"
    return f"{adjective} {noun}" if noun == other else f"The {noun} and the {other}"
