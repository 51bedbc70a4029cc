// Enlarges a figure to the size of the window: by a click or tap on it, or by its button.

import { make } from "./dom.js";

/** The dialog for figures; empty while closed. */
function makeDialog() {
  const picture = make("img");
  const box = make("div", { className: "canvas", tabIndex: 0, role: "group", "aria-label": "Figure" });
  const close = make("button", { type: "button", className: "close" }, "Close");
  const dialog = make("dialog", { className: "enlarged", "aria-label": "Enlarged figure" }, close, box);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target === box) dialog.close();
  });
  document.body.append(dialog);
  return { dialog, picture, box };
}

/** Adds a button to each figure. */
export function addEnlarging() {
  const figures = document.querySelectorAll(".plot");
  if (!figures.length) return;
  const { dialog, picture, box } = makeDialog();
  for (const figure of figures) {
    const shown = figure.querySelector("img");
    const open = () => {
      picture.src = shown.getAttribute("src");
      picture.alt = shown.alt;
      picture.style.setProperty("--natural", `${shown.getAttribute("width") || shown.naturalWidth}px`);
      box.replaceChildren(picture);
      if (!dialog.open) dialog.showModal();
      box.scrollTo(0, 0);
    };
    const button = make("button", { type: "button", className: "enlarge", "aria-label": `Enlarge the figure: ${shown.alt}` }, "⤢");
    button.addEventListener("click", open);
    shown.addEventListener("click", open);
    figure.append(button);
  }
}
