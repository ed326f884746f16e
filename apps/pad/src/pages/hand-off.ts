// `/hand-off#number=NUMBER`: a device that is set up logs in for a screen elsewhere.
import { failureOf, words } from "../element/failures";
import { digits, h } from "../element/dom";
import { spoken } from "../texts/texts";
import { button, focusHeading, link, padOf, show, type Page } from "./page";
import { fragment } from "./login";

/** Digits of a number. */
const LENGTH = 7;

/** Begins with the number of the address, or asks for one. */
export async function handOff(page: Page): Promise<void> {
  const { texts } = page;
  const number = digits(fragment("number") ?? "");
  const state = await page.client.state().catch(() => ({ kind: "none" }) as const);
  if (state.kind === "none") return show(page, texts.handOff, h("p", {}, texts.enrolFirst), link("enrol", texts.enrol));
  form(page);
  if (number.length === LENGTH) await look(page, number);
}

/** Asks for a number; what was wrong before is said. */
function form(page: Page, message = ""): void {
  const { texts } = page;
  const alert = h("p", { role: "alert", id: "alert" });
  const input = h("input", {
    id: "number",
    type: "text",
    inputMode: "numeric",
    autocomplete: "one-time-code",
    dir: "ltr",
    "aria-describedby": "hint alert",
  });
  const made = h(
    "form",
    { noValidate: true, className: "stack" },
    h("label", { htmlFor: "number" }, texts.number),
    input,
    h("p", { id: "hint", className: "hint" }, texts.numberHint),
    h("button", { type: "submit", className: "main" }, texts.next),
  );
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    const number = digits(input.value);
    if (number.length === LENGTH) return void look(page, number);
    alert.textContent = texts.numberShort;
    input.setAttribute("aria-invalid", "true");
    input.focus();
  });
  show(page, texts.handOff, h("p", {}, texts.handOffLead), alert, made);
  input.focus();
  requestAnimationFrame(() => {
    if (message !== "") alert.textContent = message;
  });
}

/** How often somebody has asked for a number: only the last one is answered. */
let asked = 0;

async function look(page: Page, number: string): Promise<void> {
  const { texts, lang } = page;
  asked += 1;
  const turn = asked;
  try {
    const { origin, client } = await page.client.lookHandOff(number);
    if (turn === asked) confirm(page, { number, origin, client });
  } catch (thrown) {
    if (turn !== asked) return;
    const failure = failureOf(thrown);
    form(page, failure.failure === "bad-code" ? texts.missing : words(failure, spoken(lang), lang));
  }
}

/** What the number stands for. */
interface Asked {
  number: string;
  origin: string;
  client: string;
}

/** The person compares the two screens, since that alone tells a number of theirs from an attacker's. */
function confirm(page: Page, { number, origin, client }: Asked): void {
  const { texts } = page;
  const yes = button(
    texts.yes,
    () => {
      const pad = padOf(page);
      pad.setAttribute("number", number);
      pad.setAttribute("origin", origin);
      pad.addEventListener("milagro-login", () => {
        show(page, texts.loginDone, h("p", { role: "status" }, texts.handedOver));
        focusHeading(page);
      });
      show(page, texts.handOff, h("p", { className: "origin" }, origin), pad);
    },
    "main",
  );
  const no = button(texts.no, () => {
    show(page, texts.handOff, h("p", { role: "status" }, texts.stopped));
    focusHeading(page);
  });
  show(
    page,
    texts.confirm,
    h("p", { className: "origin" }, h("strong", {}, origin), h("br", {}), h("span", { className: "hint" }, client)),
    h("p", {}, texts.confirmLead),
    h("p", { className: "row" }, yes, no),
  );
  focusHeading(page);
}
