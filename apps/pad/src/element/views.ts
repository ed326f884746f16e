// What the pad shows: one view at a time.
import type { DeviceState, Failure } from "../api";
import { fill, type Texts } from "../texts/texts";
import { h } from "./dom";
import { isEasy } from "./easy";
import { codeField, type Field, keypad, lengthHint, mark, pinField } from "./fields";

/** What a view asks of the pad. */
export interface Host {
  code: string;
  mode: string;
  readonly texts: Texts;
  readonly length: number;
  login(pin: string): Promise<void>;
  enrol(code: string, pin: string): Promise<void>;
  change(old: string, next: string): Promise<void>;
  complain(message: string): void;
  /** Whether a device elsewhere can log this browser in. */
  readonly phone: boolean;
  /** The person wants that. */
  elsewhere(): void;
}

/** What the pad asks of a view. */
export interface View {
  root: HTMLElement;
  focus(): void;
  busy(busy: boolean): void;
  /** Something failed: the field that it was about is marked, and has the focus. */
  wrong(failure: Failure): void;
}

/** A form of fields, with a keypad and a button. */
interface Form {
  host: Host;
  fields: Field[];
  button: string;
  /** Fields for which there are no keys. */
  first?: Node[];
  last?: Node[];
  /** Which field a failure is about. */
  about?(failure: Failure): Field | undefined;
  submit(): Promise<void>;
}

/** A PIN for the device's user. */
export function loginView(host: Host, state: DeviceState & { kind: "enrolled" }): View {
  const { texts } = host;
  const { user, pinLength } = state;
  const pin = pinField({ id: "pin", label: texts.pin, hint: lengthHint(texts, pinLength), autocomplete: "current-password" });
  const first = [h("p", { className: "user", dir: "auto" }, fill(texts.user, { user })), userField(user)];
  return form({
    host,
    first,
    last: phoneButton(host),
    fields: [pin],
    button: texts.login,
    about: (failure) => (failure === "wrong-pin" ? pin : undefined),
    async submit() {
      if (!hasLength(host, pin, pinLength)) return;
      await host.login(take(pin));
    },
  });
}

/** An activation code, and a new PIN twice. */
export function enrolView(host: Host): View {
  const { texts, length } = host;
  const code = codeField({ id: "code", label: texts.code, hint: texts.codeHint, autocomplete: "one-time-code" });
  code.input.value = host.code;
  const [next, again] = newFields(texts, length);
  return form({
    host,
    fields: [code, next, again],
    button: texts.enrol,
    about: (failure) => (failure === "bad-code" ? code : undefined),
    async submit() {
      if (code.input.value.trim() === "") return complain(host, code, texts.empty);
      if (!isNewPin(host, next, again)) return;
      take(again);
      await host.enrol(code.input.value.trim(), take(next));
    },
  });
}

/** The PIN so far, and a new one twice. */
export function changeView(host: Host, length: number): View {
  const { texts } = host;
  const old = pinField({ id: "old", label: texts.oldPin, hint: lengthHint(texts, length), autocomplete: "current-password" });
  const [next, again] = newFields(texts, host.length);
  return form({
    host,
    fields: [old, next, again],
    button: texts.change,
    about: (failure) => (failure === "wrong-pin" ? old : undefined),
    async submit() {
      if (!hasLength(host, old, length) || !isNewPin(host, next, again)) return;
      take(again);
      await host.change(take(old), take(next));
    },
  });
}

/** A device that was never set up. */
export function noneView(host: Host): View {
  const { texts } = host;
  const button = h("button", { type: "button", className: "main", part: "button" }, texts.enrol);
  button.addEventListener("click", () => {
    host.mode = "enrol";
  });
  const root = h("form", {}, h("p", { dir: "auto" }, texts.none), button, ...phoneButton(host));
  const focus = () => button.focus();
  return { root, focus, busy() {}, wrong: focus };
}

/** Leads to a number for a device elsewhere, where the page offers that. */
function phoneButton(host: Host): HTMLElement[] {
  if (!host.phone) return [];
  const button = h("button", { type: "button", className: "plain", part: "phone" }, host.texts.phone);
  button.addEventListener("click", () => host.elsewhere());
  return [button];
}

function newFields(texts: Texts, length: number): [Field, Field] {
  const hint = fill(texts.choose, { length: String(length) });
  return [
    pinField({ id: "next", label: texts.newPin, hint, autocomplete: "new-password" }),
    pinField({ id: "again", label: texts.repeat, hint: lengthHint(texts, length), autocomplete: "new-password" }),
  ];
}

/** Tells a password manager whose PIN it is. */
function userField(user: string): HTMLInputElement {
  const field = h("input", { className: "vh", type: "text", autocomplete: "username", readOnly: true, tabIndex: -1, "aria-hidden": "true" });
  field.value = user;
  return field;
}

/** What was typed, which the field does not keep. */
function take({ input }: Field): string {
  const typed = input.value;
  input.value = "";
  return typed;
}

function complain(host: Host, field: Field, message: string): void {
  field.input.setAttribute("aria-invalid", "true");
  host.complain(message);
  field.input.focus();
}

function hasLength(host: Host, field: Field, length: number): boolean {
  if (field.input.value.length === length) return true;
  complain(host, field, fill(host.texts.short, { length: String(length) }));
  return false;
}

function isNewPin(host: Host, next: Field, again: Field): boolean {
  if (!hasLength(host, next, host.length)) return false;
  if (isEasy(next.input.value)) {
    complain(host, next, host.texts.easy);
    return false;
  }
  if (next.input.value === again.input.value) return true;
  again.input.value = "";
  complain(host, again, host.texts.differ);
  return false;
}

function form({ host, fields, button, first = [], last = [], about, submit }: Form): View {
  const { texts } = host;
  const pins = fields.filter(({ input }) => input.type === "password");
  let current = pins[0];
  for (const field of pins) {
    field.input.addEventListener("focus", () => {
      current = field;
    });
  }
  const main = h("button", { type: "submit", className: "main", part: "button" }, button);
  const root = h("form", { noValidate: true });
  const keys = current === undefined ? [] : [keypad(texts, () => (current as Field).input)];
  root.append(...first, ...fields.map((field) => field.root), ...keys, main, ...last);
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    if (main.hasAttribute("aria-disabled")) return;
    mark(fields);
    void submit();
  });
  const focus = () => (fields.find(({ input }) => input.value === "") ?? fields[0])?.input.focus();
  return {
    root,
    focus,
    busy(busy) {
      root.setAttribute("aria-busy", String(busy));
      main.textContent = busy ? texts.busy : button;
      if (busy) main.setAttribute("aria-disabled", "true");
      else main.removeAttribute("aria-disabled");
    },
    wrong(failure) {
      const field = about?.(failure);
      mark(fields, field);
      if (field) field.input.focus();
      else focus();
    },
  };
}
