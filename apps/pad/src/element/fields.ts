// Labelled fields, and the keypad that types into them.
import { fill, type Texts } from "../texts/texts";
import { digits, h } from "./dom";

/** A field with its label and hint. */
export interface Field {
  root: HTMLElement;
  input: HTMLInputElement;
}

/** What makes a field. */
interface Made {
  id: string;
  label: string;
  hint: string;
  autocomplete: AutoFill;
}

/** Digits of more than a PIN: whoever pastes them is told how many there should be. */
const MOST = 12;

/** A field for a PIN. Its value is a property and no attribute, and its digits are always read from left to right. */
export function pinField(made: Made): Field {
  const touch = matchMedia("(pointer: coarse)").matches;
  const input = h("input", {
    id: made.id,
    type: "password",
    // The keypad is on the screen; a second one would cover it.
    inputMode: touch ? "none" : "numeric",
    autocomplete: made.autocomplete,
    dir: "ltr",
    "aria-describedby": `${made.id}-hint alert`,
    part: "field",
  });
  input.addEventListener("input", () => {
    const typed = digits(input.value).slice(0, MOST);
    if (typed !== input.value) input.value = typed;
  });
  return labelled(made, input);
}

/** A field for an activation code. */
export function codeField(made: Made): Field {
  const input = h("input", {
    id: made.id,
    type: "text",
    autocomplete: made.autocomplete,
    spellcheck: false,
    dir: "ltr",
    "autocapitalize": "characters",
    "aria-describedby": `${made.id}-hint alert`,
    part: "field",
  });
  return labelled(made, input);
}

function labelled({ id, label, hint }: Made, input: HTMLInputElement): Field {
  const root = h("div", { className: "field" }, h("label", { htmlFor: id, dir: "auto" }, label), input, h("p", { id: `${id}-hint`, className: "hint", dir: "auto" }, hint));
  return { root, input };
}

/** Marks a field as wrong, or no field. */
export function mark(fields: Field[], wrong?: Field): void {
  for (const { input } of fields) {
    if (input === wrong?.input) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
}

/** The words of a hint about length. */
export function lengthHint(texts: Texts, length: number): string {
  return fill(texts.pinHint, { length: String(length) });
}

/**
 * Ten digits in the order that everybody knows, and a key that deletes. They type into the field that was used last, and leave the
 * focus where it is; the keyboard reaches the field itself.
 */
export function keypad(texts: Texts, current: () => HTMLInputElement): HTMLElement {
  const type = (change: (value: string) => string) => {
    const input = current();
    input.value = change(input.value).slice(0, MOST);
    input.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
    input.focus();
  };
  const key = (text: string, label: string, change: (value: string) => string) => {
    const button = h("button", { type: "button", tabIndex: -1, part: "key", "aria-label": label }, text);
    button.addEventListener("pointerdown", (event) => event.preventDefault());
    button.addEventListener("click", () => type(change));
    return button;
  };
  const digit = (value: string) => key(value, value, (typed) => typed + value);
  const erase = key("⌫", texts.erase, (typed) => typed.slice(0, -1));
  erase.className = "erase";
  const keys = h("div", { className: "keys", role: "group", "aria-label": texts.keypad, dir: "ltr" });
  keys.append(...[..."123456789"].map(digit), h("span"), digit("0"), erase);
  return keys;
}
