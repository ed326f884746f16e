// Pages around a login: logging in, setting up, another PIN, logged out.
import { h } from "../element/dom";
import { fill } from "../texts/texts";
import { base, button, focusHeading, link, padOf, returnPath, show, type Page } from "./page";

/** `/login?return=PATH`. */
export function login(page: Page): void {
  const { texts } = page;
  const pad = padOf(page);
  pad.addEventListener("milagro-login", () => {
    location.replace(returnPath() ?? new URL("devices", base).href);
  });
  show(page, texts.login, pad);
}

/** `/enrol#code=CODE`. */
export async function enrol(page: Page): Promise<void> {
  const { texts } = page;
  const code = fragment("code");
  const pad = padOf(page, "enrol");
  pad.code = code ?? "";
  pad.addEventListener("milagro-enrol", (event) => {
    event.preventDefault();
    const { user } = (event as CustomEvent<{ user: string }>).detail;
    show(page, texts.enrolled, h("p", { role: "status" }, user), link("login", texts.login));
    focusHeading(page);
  });
  const lead = [h("p", {}, texts.enrolLead)];
  // A browser that keeps nothing says so when it is to keep something.
  const state = await page.client.state().catch(() => ({ kind: "none" }) as const);
  if (state.kind === "enrolled") lead.push(h("p", { className: "note" }, fill(texts.already, { user: state.user })));
  show(page, texts.enrol, ...lead, pad);
}

/** `/change-pin`. */
export function changePin(page: Page): void {
  const { texts } = page;
  show(page, texts.change, h("p", {}, texts.changeLead), padOf(page, "change"), link("devices", texts.toDevices));
}

/** `/logged-out`. */
export function loggedOut(page: Page): void {
  const { texts } = page;
  const place = h("div", {});
  const status = h("p", { role: "status" });
  const offer = () => {
    const question = button(texts.forget, () => {
      const yes = button(texts.forget, () => {
        void page.client.forget().then(
          () => {
            place.replaceChildren();
            status.textContent = texts.forgotten;
          },
          () => {
            status.textContent = texts.fault;
          },
        );
      }, "danger");
      place.replaceChildren(h("p", {}, texts.forgetAsk), h("p", { className: "row" }, yes, button(texts.cancel, offer)));
      yes.focus();
    });
    place.replaceChildren(question);
  };
  offer();
  show(page, texts.loggedOut, h("p", {}, texts.loggedOutLead), h("p", {}, link("login", texts.login)), status, place);
}

/** A value of the fragment, which no server sees; it is taken out of the address, and out of the history. */
export function fragment(name: string): string | undefined {
  const value = new URLSearchParams(location.hash.slice(1)).get(name);
  if (location.hash !== "") history.replaceState(null, "", location.pathname + location.search);
  return value ?? undefined;
}
