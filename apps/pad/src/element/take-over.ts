// Takes over a password form: the pad stands where the fields stood, and the login code goes where the password went.
import { fileAddress, here } from "../here";
import type { Texts } from "../texts/texts";
import { h } from "./dom";
import { define, type MilagroPad } from "./pad";

/** What the attributes of the script say. */
export interface Wanted {
  form: string;
  client: string;
  /** Selectors within the form, where the fields do not show by themselves which they are. */
  user?: string | undefined;
  password?: string | undefined;
  registrar?: string | undefined;
  /** The address that a phone opens for a number; without one, phones are not offered. */
  handOff?: string | undefined;
  texts?: Partial<Texts>;
}

/** The fields of a password form. */
interface Fields {
  form: HTMLFormElement;
  password: HTMLInputElement;
  user: HTMLInputElement | null;
  /** What a login has put there. */
  code?: string;
}

/** Which field is that of the user: the first of these that there is. */
const USERS = ["input[autocomplete~=username]", "input[type=email]", "input[type=text],input:not([type])"];

/** Takes a form over, or leaves it as it is and says why on the console. */
export function takeOver(wanted: Wanted): MilagroPad | undefined {
  const fields = fieldsOf(wanted);
  if (!fields) {
    console.error(`milagro: no form with a password field: ${wanted.form}`);
    return undefined;
  }
  define();
  const base = new URL(".", here);
  const pad = document.createElement("milagro-pad") as MilagroPad;
  pad.setAttribute("client", wanted.client);
  pad.setAttribute("login", base.href);
  pad.setAttribute("registrar", new URL(wanted.registrar ?? "registrar", base).href);
  if (wanted.texts) pad.texts = wanted.texts;
  const block = h("div", {}, pad);
  hide(fields);
  fields.form.append(block);
  // Nothing is sent before there is a code: not by Enter in another field, and not by a script of the page.
  fields.form.addEventListener(
    "submit",
    (event) => {
      // A browser may have put a password there.
      if (fields.password.value === fields.code) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      pad.focus();
    },
    true,
  );
  pad.addEventListener("milagro-login", (event) => {
    const { user, code } = (event as CustomEvent<{ user: string; code?: string }>).detail;
    // The pad's own form is another one.
    event.preventDefault();
    if (code !== undefined) hand(fields, code, user);
  });
  const { handOff } = wanted;
  if (handOff !== undefined) {
    pad.setAttribute("phone", "");
    pad.addEventListener("milagro-phone", () => void number(pad, fields, wanted, handOff));
  }
  return pad;
}

function fieldsOf({ form: selector, user, password }: Wanted): Fields | undefined {
  const form = document.querySelector(selector);
  if (!(form instanceof HTMLFormElement)) return undefined;
  const secret = form.querySelector(password ?? "input[type=password]");
  const name = (user === undefined ? USERS : [user]).map((one) => form.querySelector(one)).find(Boolean);
  if (!(secret instanceof HTMLInputElement)) return undefined;
  return { form, password: secret, user: name instanceof HTMLInputElement ? name : null };
}

/** Hides the two fields, their labels, and the buttons that send them. Everything else of the form stays. */
function hide({ form, password, user }: Fields): void {
  for (const field of [password, user]) {
    if (!field) continue;
    field.hidden = true;
    // What is typed into a password field, a password manager keeps; a code is not worth keeping.
    field.autocomplete = "off";
    for (const label of field.labels ?? []) label.hidden = true;
  }
  for (const control of form.elements) {
    const sends = (control instanceof HTMLButtonElement || control instanceof HTMLInputElement) && /^(submit|image)$/.test(control.type);
    if (sends) control.hidden = true;
  }
}

/** Sends the form with a code in it. */
function hand(fields: Fields, code: string, name?: string): void {
  const { form, password, user } = fields;
  password.value = fields.code = code;
  if (user && name !== undefined) user.value = name;
  // A field that nobody sees cannot be mended: the application judges.
  form.noValidate = true;
  form.requestSubmit();
}

/** Shows a number for a device elsewhere in the place of the pad, until the person goes back. */
async function number(pad: MilagroPad, fields: Fields, wanted: Wanted, address: string): Promise<void> {
  await import(fileAddress(NUMBER_FILE));
  const shown = document.createElement("milagro-number") as HTMLElement & { texts: Partial<Texts> };
  shown.texts = wanted.texts ?? {};
  shown.setAttribute("client", wanted.client);
  shown.setAttribute("login", new URL(".", here).href);
  shown.setAttribute("address", new URL(address, location.href).href);
  shown.addEventListener("milagro-code", (event) => hand(fields, (event as CustomEvent<{ code: string }>).detail.code));
  shown.addEventListener("milagro-back", () => shown.replaceWith(pad));
  pad.replaceWith(shown);
}
