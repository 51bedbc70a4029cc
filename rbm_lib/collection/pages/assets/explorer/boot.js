// In a page: each part takes the place of the table that stands there without scripts. The model holds the state.

import { make } from "./elements.js";

/** `renders`: by the kind of a part, which its data are named by, what fills it. */
export function boot(renders) {
  for (const data of document.querySelectorAll("script.explorer-state")) {
    const state = JSON.parse(data.textContent);
    const model = { get: (name) => state[name], set: (name, value) => (state[name] = value), on() {}, off() {}, save_changes() {} };
    const el = make("div");
    renders[data.id.split("-")[0]]({ model, el });
    document.getElementById(data.id.replace(/-state$/, "")).replaceChildren(el);
  }
}
