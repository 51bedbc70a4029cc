// The user's films, each as a row of radio buttons, and the file format in which ratings are saved.

import { make } from "./elements.js";

/**
 * A row for rating one film.
 *
 * `given` is the index of its value, or undefined. `rate(film, state)` gets undefined when the rating is removed.
 */
export function ratingRow({ machine, words, offered }, film, given, name, rate) {
  const row = make("fieldset", { className: "film" }, make("legend", {}, machine.titles[film]));
  row.dataset.film = film;
  const say = (state) => {
    said.textContent = state === undefined || machine.numValues === 2 ? "" : `${machine.values[state]}`;
    row.classList.toggle("given", state !== undefined);
    for (const input of row.querySelectorAll("input")) {
      input.checked = Number(input.value) === state;
      input.nextSibling.classList.toggle("on", state !== undefined && lit(Number(input.value), state));
    }
  };
  const lit = (own, state) => (machine.numValues === 2 ? own === state : own <= state);
  const stars = make("span", { className: "stars" });
  for (const state of offered) {
    const mark = make("span", { ariaHidden: "true" }, words.mark(machine.values[state]));
    const input = make("input", { type: "radio", name, value: `${state}`, "aria-label": words.value(machine.values[state]) });
    input.addEventListener("change", () => rate(film, state));
    stars.append(make("label", {}, input, mark));
  }
  const said = make("output", { ariaHidden: "true" });
  const back = make("button", { type: "button", className: "back", "aria-label": `Take back ${machine.titles[film]}` }, "×");
  back.addEventListener("click", () => {
    rate(film, undefined);
    row.querySelector("input").focus();
  });
  row.append(stars, said, back);
  say(given);
  return Object.assign(row, { say });
}

/** Ratings as CSV, which notebook 08, `load` and `python -m rbm_lib recommend --my-ratings` read. */
export function asTable(machine, ids, ratings) {
  const quoted = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = [...ratings].map(([film, state]) => [ids[film], machine.titles[film], machine.values[state]].map((part) => quoted(`${part}`)));
  return [["item", "title", "rating"], ...lines].map((line) => `${line.join(",")}\n`).join("");
}

/** The rows of a CSV text, each as a list of cells. */
function cellsOf(text) {
  const lines = [[""]];
  let inQuotes = false;
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    const cells = lines.at(-1);
    if (inQuotes && letter === '"' && text[i + 1] === '"') cells[cells.length - 1] += text[++i];
    else if (letter === '"') inQuotes = !inQuotes;
    else if (letter === "," && !inQuotes) cells.push("");
    else if (letter === "\n" && !inQuotes) lines.push([""]);
    else if (letter !== "\r" || inQuotes) cells[cells.length - 1] += letter;
  }
  return lines.filter((cells) => cells.some((cell) => cell.trim()));
}

/** Parses such a CSV: {ratings, missing: titles that the model does not know, refused: an error message or ""}. */
export function fromTable(machine, ids, text) {
  const [head = [], ...lines] = cellsOf(text.replace(/^\ufeff/, ""));
  const column = (...names) => head.findIndex((cell) => names.includes(cell.trim().toLowerCase()));
  const [item, title, rating] = [column("item", "item_id", "movieid"), column("title", "film"), column("rating", "stars")];
  const ratings = new Map();
  const missing = [];
  if (rating < 0 || (item < 0 && title < 0)) {
    return { ratings, missing, refused: `expected a table with the columns title (or item) and rating, found: ${head.join(", ")}` };
  }
  const byTitle = new Map(machine.titles.map((one, film) => [one, film]));
  const byId = new Map(ids.map((one, film) => [`${one}`, film]));
  for (const cells of lines) {
    const film = byTitle.get(cells[title]) ?? byId.get(cells[item]) ?? byTitle.get(cells[item]);
    const state = machine.values.indexOf(Number(cells[rating]));
    if (film === undefined || state < 0) missing.push(cells[title] ?? cells[item]);
    else ratings.set(film, state);
  }
  return { ratings, missing, refused: "" };
}
