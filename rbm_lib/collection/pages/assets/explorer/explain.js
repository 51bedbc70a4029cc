// Explains a prediction: one sentence, and a table with the contribution of each rating through each unit.

import { make, short, signed } from "./elements.js";

const ROWS = 8; // ratings in the table
const THROUGH = 3; // units with a column of their own
const NAMED = 2; // ratings in the sentence

/** The numbers of an explanation. */
export function reasonsOf(machine, film, person) {
  const parts = machine.parts(film, person);
  const through = new Float64Array(machine.numHidden);
  for (const { units } of parts.ratings) units.forEach((x, j) => (through[j] += x));
  const units = [...through.keys()].sort((x, y) => Math.abs(through[y]) - Math.abs(through[x])).slice(0, THROUGH);
  const ratings = parts.ratings.map((one) => ({ ...one, stars: machine.leftOut(film, one.film, person) }));
  return {
    film, units, through, ratings, total: parts.total,
    expected: machine.expected(film, person),
    level: machine.level(film, person),
    average: machine.average(film, person),
  };
}

/** The sentence, as a list of texts and elements. */
function sentence({ machine, words, names }, reasons, person) {
  const { film, expected, level, ratings, units } = reasons;
  const title = make("b", {}, machine.titles[film]);
  if (!ratings.length) return [title, `: ${words.expected(expected)} ${words.unit} expected of somebody who has rated nothing.`];
  const change = expected - level;
  const way = Math.sign(change) || 1;
  const helping = ratings.filter(({ total }) => total * way > 0).slice(0, NAMED);
  const because = helping.map((one, n) => [
    `${n ? " and " : ""}your ${words.value(machine.values[person.ratings.get(one.film)])} for `,
    make("bdi", {}, short(machine.titles[one.film])),
  ]);
  const said = [
    title, `: ${words.expected(expected)} ${words.unit} expected of you. `,
    `${machine.numTilts ? "By your generosity alone" : "With every unit at its start"} it would be ${words.expected(level)}; `,
    `your tastes change that by ${words.change(change)} ${words.points}`,
  ];
  if (!helping.length) return [...said, "."];
  const unit = units[0];
  const [from, to] = [machine.rest[unit], person.hidden[unit]].map((p) => Math.round(100 * p));
  const effect = reasons.through[unit] > 0 ? "raises" : "lowers";
  return [
    ...said, ", most of all because of ", ...because.flat(), ". The largest part goes through ", make("b", {}, names[unit].name),
    `. When it is on, it ${names[unit].said}. Your ratings have moved it from ${from} to ${to} % on, and that ${effect} this film.`,
  ];
}

/** What the baseline says of the same film: empty where the machine has none, and before the first rating. */
function baseline({ machine, words }, { average, ratings }) {
  return machine.averages && ratings.length ? `For comparison, without hidden units: ${machine.averages} say ${words.expected(average)}.` : "";
}

const number = (x, digits = 2) => make("td", { className: "num" }, signed(x, digits));

/** The table: one row per rating, in log odds of the highest against the lowest value; the last row is the sum. */
function table({ machine, words, names }, reasons, person) {
  const { units, ratings, through } = reasons;
  const heads = ["your rating", `${words.points} it adds`, "nats in all", "that you rated it", "how you rated it"];
  const rest = (one) => one.total - units.reduce((sum, j) => sum + one.units[j], 0);
  const columns = [...heads, ...units.map((j) => names[j].name), "other units"];
  const rows = ratings.slice(0, ROWS).map((one) => {
    const given = machine.values[person.ratings.get(one.film)];
    const head = make("th", { scope: "row" }, `${short(machine.titles[one.film])}, ${words.value(given)}`);
    const stars = make("td", { className: "num" }, words.change(one.stars));
    return make("tr", {}, head, stars, number(one.total), number(one.that), number(one.how), units.map((j) => number(one.units[j])), number(rest(one)));
  });
  const sum = (of) => ratings.reduce((total, one) => total + of(one), 0);
  const total = make("tr", { className: "total" },
    make("th", { scope: "row" }, ratings.length > ROWS ? `all ${ratings.length} ratings` : "together"),
    make("td", { className: "num" }, words.change(reasons.expected - reasons.level)),
    number(reasons.total), number(sum((one) => one.that)), number(sum((one) => one.how)),
    units.map((j) => number(through[j])), number(sum(rest)));
  return make("table", {},
    make("thead", {}, make("tr", {}, columns.map((name, n) => make("th", { scope: "col", className: n ? "num" : "" }, name)))),
    make("tbody", {}, rows, total));
}

/** The panel. `panel.show(film, person)` fills it; a film of null empties it. */
export function explanation(context, rowFor) {
  const { words, machine } = context;
  const said = make("p", { className: "why", role: "status" });
  const beside = make("p", { className: "note" });
  const rate = make("div", { className: "rate" });
  const box = make("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": "What each rating adds" });
  const ends = [machine.values.at(-1), machine.values[0]].map((x) => words.value(x));
  const note = make("p", { className: "note" },
    `Nats: the logarithm of the odds of ${ends[0]} against ${ends[1]}. They add up exactly: over ratings, over units, and over `,
    `that you rated a film at all and how. The ${words.points} are what the film would lose if that rating were taken back; as ratings overlap, they do not add up.`);
  const details = make("details", {}, make("summary", {}, "Which rating, through which unit, by how much"), box, note);
  let shown = null;
  const fill = () => {
    if (details.open && shown) box.replaceChildren(table(context, ...shown));
  };
  details.addEventListener("toggle", fill);
  const panel = make("div", { className: "explanation", hidden: true }, said, beside, rate, details);
  return {
    panel,
    show(film, person) {
      panel.hidden = film === null;
      if (film === null) return null;
      const reasons = reasonsOf(machine, film, person);
      shown = [reasons, person];
      said.replaceChildren(...sentence(context, reasons, person));
      beside.textContent = baseline(context, reasons);
      rate.replaceChildren(make("span", {}, "Seen it?"), rowFor(film));
      details.hidden = !reasons.ratings.length;
      fill();
      return reasons;
    },
  };
}
