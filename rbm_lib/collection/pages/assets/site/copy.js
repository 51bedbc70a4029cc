// A copy button on each block of code.

import { make, say } from "./dom.js";

/** Writes a text to the clipboard; through a selection if the Clipboard API is unavailable. */
async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = make("textarea", { value: text, className: "unseen", "aria-hidden": "true" });
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

/** Adds the buttons. */
export function addCopyButtons() {
  for (const block of document.querySelectorAll("pre.copied, .code pre, .prose pre")) {
    const button = make("button", { type: "button", className: "copy", "aria-label": "Copy the code" }, "Copy");
    button.addEventListener("click", async () => {
      const done = await toClipboard(block.textContent.replace(/\n$/, ""));
      button.textContent = done ? "Copied" : "Not copied";
      say(done ? "Copied." : "The browser did not let the page copy.");
      setTimeout(() => (button.textContent = "Copy"), 2000);
      button.focus();
    });
    const box = make("div", { className: "copyable" });
    block.replaceWith(box);
    box.append(block, button);
  }
}
