// The search page: a field, the results, and their number, announced to screen readers.

import { make } from "./dom.js";
import { mindMenu } from "./menu.js";
import { matching, snippet } from "./results.js";

const sections = JSON.parse(document.getElementById("search-index").textContent);
const every = document.getElementById("every-section");
const input = make("input", { type: "search", id: "query", autocomplete: "off", "aria-describedby": "found" });
const found = make("p", { id: "found", className: "note", role: "status" });
const list = make("ol", { className: "results" });
const form = make("form", { className: "field", role: "search" }, make("label", { htmlFor: "query" }, "Search all notebooks"), input);

function show() {
  const query = input.value.trim();
  const hits = matching(sections, query);
  list.replaceChildren(...hits.map(({ section }) => {
    const link = make("a", { href: section.address }, section.heading || section.title);
    const where = make("span", { className: "where" }, section.heading ? `${section.number} ${section.title}` : section.number);
    const text = snippet(section, query).map(([piece, hit]) => (hit ? make("mark", {}, piece) : piece));
    return make("li", {}, link, where, make("p", {}, ...text));
  }));
  every.hidden = Boolean(query);
  const counted = hits.length === 1 ? "1 section" : `${hits.length} sections`;
  found.textContent = !query ? "" : hits.length ? `${counted} with “${query}”.` : `Nothing holds all of “${query}”. Fewer words, or their beginnings, find more.`;
  history.replaceState(null, "", query ? `#q=${encodeURIComponent(query)}` : "#");
}

/** The query in the address. */
function read() {
  const asked = new URLSearchParams(location.hash.slice(1)).get("q");
  if (asked !== null) input.value = asked;
  show();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  list.querySelector("a")?.focus();
});
input.addEventListener("input", show);
document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const stops = [input, ...list.querySelectorAll("a")];
  const place = stops.indexOf(document.activeElement);
  if (!step || place < 0 || !stops[place + step]) return;
  event.preventDefault();
  stops[place + step].focus();
});
addEventListener("hashchange", read);
mindMenu();
every.before(form, found, list);
read();
input.focus();
