// Small helpers: elements, and announcements for screen readers.

/** An element with properties and children; a name that is no property becomes an attribute. */
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

/** Announces the effect of a button to screen readers; a repeated message is announced again. */
export function say(text) {
  status.textContent = "";
  setTimeout(() => (status.textContent = text), 50);
}
