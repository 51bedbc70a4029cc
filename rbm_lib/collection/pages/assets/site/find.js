// Turns the link to the search page into a search field.

import { make } from "./dom.js";

/** Inserts the field. The key `/` focuses it, unless the user is typing elsewhere. */
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
