// What all pages have in common.
import { connect, type PadClient } from "../api";
import { h } from "../element/dom";
import { define, type MilagroPad, type Mode } from "../element/pad";
import { here } from "../here";
import { pageTexts, type PageTexts } from "../texts/pages";

/** The path of the service, which is the one of this script: it can be behind a proxy, in a directory. */
export const base = new URL(".", here);

/** A page: a heading, a line that is said when something happened, and what it is about. */
export interface Page {
  texts: PageTexts;
  lang: string;
  main: HTMLElement;
  client: PadClient;
}

/** Answers that are no success. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number) {
    super(String(status));
    this.status = status;
  }
}

/** Begins a page in the language of the browser. */
export function begin(): Page {
  const lang = new URLSearchParams(location.search).get("ui_locales")?.split(" ")[0] ?? navigator.language;
  const texts = pageTexts(lang);
  document.documentElement.lang = texts.lang;
  define();
  const main = document.querySelector("main") ?? document.body;
  // Browsers keep a page for the way back, with what was typed and what it showed: somebody else may go that way.
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    main.replaceChildren();
    location.reload();
  });
  return { texts, lang, main, client: connect({ login: base.href, registrar: new URL("registrar", base).href }) };
}

/** A pad that does its work with the page's worker. */
export function padOf(page: Page, mode: Mode = "login"): MilagroPad {
  const pad = document.createElement("milagro-pad") as MilagroPad;
  pad.client = page.client;
  pad.mode = mode;
  pad.setAttribute("autofocus", "");
  return pad;
}

/** Replaces what the page shows. */
export function show({ main }: Page, title: string, ...content: Array<Node | string>): void {
  document.title = title;
  main.replaceChildren(h("h1", {}, title), ...content);
}

/** Where the focus goes when what had it is gone: to the heading. */
export function focusHeading({ main }: Page): void {
  const heading = main.querySelector("h1");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus();
}

/** Asks the service. */
export async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(new URL(path, base), {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    signal: AbortSignal.timeout(15_000),
  });
  if (!response.ok) throw new Refusal(response.status);
  return response.status === 204 ? undefined : response.json();
}

/** Why an answer of the service is missing, in words. */
export function excuse(page: Page, thrown: unknown): string {
  return thrown instanceof Refusal ? page.texts.fault : page.texts.offline;
}

/** A button. */
export function button(text: string, then: () => void, className = ""): HTMLButtonElement {
  const made = h("button", { type: "button", className }, text);
  made.addEventListener("click", then);
  return made;
}

/** A link to another page. */
export function link(to: string, text: string): HTMLAnchorElement {
  return h("a", { href: new URL(to, base).href }, text);
}

/** What `return` leads back to: a page of this origin and no other. */
export function returnPath(): string | undefined {
  const wanted = new URLSearchParams(location.search).get("return");
  // A path, as no browser reads anything else: not "//host", not "/\host", no tab or line that is left out on the way.
  if (wanted === null || !/^\/(?![/\\])[\x21-\x7e]*$/.test(wanted) || wanted.includes("\\")) return undefined;
  const address = new URL(wanted, location.origin);
  return address.origin === location.origin ? address.href : undefined;
}
