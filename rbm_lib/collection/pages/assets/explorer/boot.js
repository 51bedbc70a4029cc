// In a page: replaces each explorer's static table by the explorer itself. The model holds the state.

import { make } from "./elements.js";
import { render } from "./view.js";

for (const data of document.querySelectorAll("script.explorer-state")) {
  const state = JSON.parse(data.textContent);
  const model = { get: (name) => state[name], set: (name, value) => (state[name] = value), on() {}, off() {}, save_changes() {} };
  const el = make("div");
  render({ model, el });
  document.getElementById(data.id.replace(/-state$/, "")).replaceChildren(el);
}
