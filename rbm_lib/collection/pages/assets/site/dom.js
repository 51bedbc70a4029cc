// Small helpers: elements, and words for those who cannot see what has changed.

/** An element with properties, attributes where it has no property of that name, and children. */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

const status = make("p", { className: "unseen", role: "status" });
document.body.append(status);

/** Tells a screen reader what a button has done; the same words twice are said twice. */
export function say(text) {
  status.textContent = "";
  setTimeout(() => (status.textContent = text), 50);
}
