// Full-text search over the collection: sections that contain every word, ranked by score.

const SHOWN = 40;
const BEFORE = 60; // characters of a snippet before its first match
const LENGTH = 220;

/** A text in search form: lower case, without accents, of the same length, so that positions agree with the text. */
export function plain(text) {
  return [...text].map((letter) => {
    const bare = letter.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "");
    return bare.length === letter.length ? bare : letter;
  }).join("");
}

/** The words of a query. */
export const wordsOf = (query) => plain(query).split(/[^\p{L}\p{N}_.]+/u).filter(Boolean);

/** Position of a query word in a plain text, at the start of a word or after `_` or a dot; -1 if absent. */
function placeOf(text, word, from = 0) {
  for (let at = text.indexOf(word, from); at >= 0; at = text.indexOf(word, at + 1)) {
    if (at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1])) return at;
  }
  return -1;
}

/** Number of such positions of a query word, at most `most`. */
function countOf(text, word, most = 5) {
  let found = 0;
  for (let at = placeOf(text, word); at >= 0 && found < most; at = placeOf(text, word, at + 1)) found += 1;
  return found;
}

/**
 * The sections that contain every word, each as {section, score}, best first.
 *
 * A match in a heading weighs more than one in the text; one in the page's title weighs a little more.
 */
export function matching(sections, query) {
  const words = wordsOf(query);
  if (!words.length) return [];
  const found = [];
  for (const section of sections) {
    section.keys ??= { title: plain(section.title), heading: plain(section.heading), text: plain(section.text) };
    const { title, heading, text } = section.keys;
    const scores = words.map((word) => 12 * countOf(heading, word, 1) + 3 * countOf(title, word, 1) + countOf(text, word));
    if (scores.every(Boolean)) found.push({ section, score: scores.reduce((sum, one) => sum + one, 0) });
  }
  return found.sort((one, other) => other.score - one.score).slice(0, SHOWN);
}

/** A snippet around the rarest query word, as pairs [text, whether it is a query word]. */
export function snippet(section, query) {
  const words = wordsOf(query);
  const { text } = section.keys;
  const held = words.filter((word) => placeOf(text, word) >= 0).sort((one, other) => countOf(text, one, 99) - countOf(text, other, 99));
  let start = held.length ? Math.max(0, placeOf(text, held[0]) - BEFORE) : 0;
  if (start) start = text.indexOf(" ", start) + 1 || start;
  const end = start + LENGTH;
  const pieces = start ? [["… ", false]] : [];
  for (let at = start; at < Math.min(end, text.length); ) {
    const hits = words.map((word) => [placeOf(text, word, at), word.length]).filter(([place]) => place >= 0 && place < end);
    const [place, length] = hits.sort((one, other) => one[0] - other[0] || other[1] - one[1])[0] ?? [end, 0];
    if (place > at) pieces.push([section.text.slice(at, place), false]);
    if (length) pieces.push([section.text.slice(place, place + length), true]);
    at = place + length;
  }
  if (end < text.length) pieces.push([" …", false]);
  return pieces;
}
