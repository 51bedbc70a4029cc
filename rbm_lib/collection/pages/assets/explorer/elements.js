// Small helpers of the view: elements, and the text forms of numbers and titles.

const CONTROLS = ["button", "input", "select", "summary"];

/** An element with properties and children; a name that is no property becomes an attribute. */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  if (CONTROLS.includes(tag)) made.dataset.lmSuppressShortcuts = "true"; // JupyterLab's shortcuts do not apply in it
  for (const [name, value] of Object.entries(attributes)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

/** The same for SVG, with attributes only. */
export function draw(tag, attributes = {}) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** A number with its sign; the minus is U+2212. */
export const signed = (x, digits = 2) => (x.toFixed(digits) < 0 ? "−" : "+") + Math.abs(x).toFixed(digits);

/** A title without its year, its article in front, cut to the length of a line. */
export function short(title, most = 30) {
  const bare = title.replace(/\s*\(\d{4}\)$/, "").replace(/^(.*), (The|An?)$/, "$2 $1");
  return bare.length > most ? `${bare.slice(0, most - 1).trimEnd()}…` : bare;
}

/** "1 rating", "2 ratings". */
export const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** "a", "a and b", "a, b and c". */
export function listed(words) {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** The format of this model's predictions: stars with two decimals, likes as a probability in per cent. */
export function wording({ values }) {
  if (values.length === 2 && values[0] === 0 && values[1] === 1) {
    return {
      value: (x) => (x ? "like" : "dislike"),
      expected: (x) => `${Math.round(100 * x)} %`,
      change: (x) => signed(100 * x, 1),
      unit: "chance of a like",
      head: "chance of a like",
      points: "points",
      mark: (x) => (x ? "▲" : "▼"),
    };
  }
  return {
    value: (x) => `${x} ${x === 1 ? "star" : "stars"}`,
    expected: (x) => x.toFixed(2),
    change: (x) => signed(x),
    unit: "stars",
    head: "stars expected",
    points: "stars",
    mark: () => "★",
  };
}
