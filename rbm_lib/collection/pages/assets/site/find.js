// The link to the search becomes a field; what is typed goes along.

import { make } from "./dom.js";

/** Puts the field there. `/` jumps to it, as on many sites, unless the reader is writing. */
export function addSearchField() {
  const link = document.querySelector("a.find");
  if (!link) return;
  const input = make("input", { type: "search", placeholder: "Search", "aria-label": "Search all notebooks", autocomplete: "off" });
  const form = make("form", { className: "find", role: "search" }, input);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    location.href = `${link.getAttribute("href")}#q=${encodeURIComponent(input.value.trim())}`;
  });
  link.replaceWith(form);
  document.addEventListener("keydown", (event) => {
    const writing = event.target.closest("input, textarea, select, [contenteditable], .explorer");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || writing) return;
    event.preventDefault();
    input.focus();
  });
}
