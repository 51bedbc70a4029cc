// A search field that completes titles: a combobox as in the ARIA Authoring Practices, with its list below.

import { make } from "./elements.js";

const SHOWN = 8;
const ARTICLES = /^(the|a|an|le|la|les|l'|el|los|las|il|der|die|das)\s+/;

/** A title in search form: lower case, without accents and punctuation; a trailing article and the year stay. */
export function plain(text) {
  const letters = text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "");
  return letters.replace(/[^\p{L}\p{N}']+/gu, " ").trim();
}

/**
 * Indices of the titles that contain every typed word: titles that begin with the query first, then by popularity.
 *
 * Titles are sorted by popularity; `keys` are their search forms.
 */
export function matching(keys, typed, most = SHOWN) {
  const wanted = plain(typed).replace(ARTICLES, "");
  if (!wanted) return [];
  const words = wanted.split(" ");
  const begins = [];
  const holds = [];
  keys.forEach((key, place) => {
    if (!words.every((word) => ` ${key}`.includes(` ${word}`))) return;
    (key.replace(ARTICLES, "").startsWith(wanted) ? begins : holds).push(place);
  });
  return [...begins, ...holds].slice(0, most);
}

/** The field and its list as one element; `choose(place)` is called with the chosen film. */
export function searchField(titles, name, choose) {
  const keys = titles.map(plain);
  const list = make("ul", { id: `${name}-films`, role: "listbox", "aria-label": "Films", hidden: true });
  const input = make("input", {
    id: `${name}-find`, type: "text", role: "combobox", autocomplete: "off", spellcheck: false,
    placeholder: "Find a film …", "aria-label": "Find a film", "aria-controls": `${name}-films`, "aria-expanded": "false", "aria-autocomplete": "list",
  });
  let found = [];
  let active = -1;
  const close = () => show([]);
  const take = (place) => {
    input.value = "";
    close();
    choose(place);
  };
  const mark = (next) => {
    active = next;
    [...list.children].forEach((option, n) => option.setAttribute("aria-selected", String(n === active)));
    if (active >= 0) input.setAttribute("aria-activedescendant", list.children[active].id);
    else input.removeAttribute("aria-activedescendant");
  };
  function show(places) {
    found = places;
    list.replaceChildren(...places.map((place, n) => make("li", { id: `${name}-film-${n}`, role: "option" }, titles[place])));
    list.hidden = !places.length;
    input.setAttribute("aria-expanded", String(places.length > 0));
    mark(places.length ? 0 : -1);
  }
  input.addEventListener("input", () => show(matching(keys, input.value)));
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length) mark((active + step + found.length) % found.length);
    else if (event.key === "Enter" && active >= 0) take(found[active]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("li");
    if (option) take(found[[...list.children].indexOf(option)]);
  });
  return make("div", { className: "find" }, input, list);
}
