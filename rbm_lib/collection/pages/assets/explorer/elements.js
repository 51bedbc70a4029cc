// Small helpers of the view: elements, and numbers and titles in words.

const CONTROLS = ["button", "input", "select", "summary"];

/** An element with properties, attributes where it has no property of that name, and children. */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  if (CONTROLS.includes(tag)) made.dataset.lmSuppressShortcuts = "true"; // JupyterLab leaves its keys to it
  for (const [name, value] of Object.entries(attributes)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

/** The same in SVG, attributes alone. */
export function draw(tag, attributes = {}) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** A number with its sign, a minus as it is printed. */
export const signed = (x, digits = 2) => (x.toFixed(digits) < 0 ? "−" : "+") + Math.abs(x).toFixed(digits);

/** A title without the year behind it, its article in front, and not too long to stand in a line. */
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

/** How this machine's ratings are written: stars with two decimals, likes as their chance in per cent. */
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
