// <milagro-number>: a number for a device that is set up, as digits and as a QR code, and then the login code that comes of it.
import { encodeQR } from "qr";
import { style } from "../style/pad";
import { duration, fill, spoken, type Texts } from "../texts/texts";
import { h } from "./dom";

/** Shows a number until somebody has logged in for it elsewhere. */
export class MilagroNumber extends HTMLElement {
  /** Texts that the page has of its own. */
  texts: Partial<Texts> = {};
  readonly #alert = h("p", { role: "alert" });
  readonly #body = h("div", { className: "show", role: "status" });
  readonly #back = h("button", { type: "button", className: "plain" });
  #events: EventSource | undefined;
  #over: ReturnType<typeof setTimeout> | undefined;
  /** How often something was begun or left: what answers an earlier question is late. */
  #turn = 0;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    root.adoptedStyleSheets = [sheet];
    root.append(this.#alert, this.#body, this.#back);
    this.#back.addEventListener("click", () => this.dispatchEvent(new CustomEvent("milagro-back", { bubbles: true, composed: true })));
  }

  connectedCallback(): void {
    this.#back.textContent = this.#words.back;
    void this.open();
  }

  disconnectedCallback(): void {
    this.#close();
  }

  /** Asks for a new number. */
  async open(): Promise<void> {
    this.#close();
    const turn = this.#turn;
    const [client, origin] = [this.getAttribute("client") ?? "", this.getAttribute("origin") ?? location.origin];
    try {
      const response = await fetch(this.#path("/v1/handoffs"), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ client, origin }),
        signal: AbortSignal.timeout(15_000),
      });
      const given = response.ok ? ((await response.json()) as { number: string; seconds: number }) : undefined;
      if (turn !== this.#turn) return;
      if (given) {
        const { number, seconds } = given;
        this.#show(number, seconds, origin);
      } else if (response.status === 429 || response.status === 503) {
        const after = Number(response.headers.get("retry-after") ?? "0");
        const again = after > 0 ? fill(this.#words.again, { time: duration(after, this.#language) }) : "";
        this.#end(`${this.#words.unavailable} ${again}`.trim());
      } else {
        this.#end(this.#words.refused);
      }
    } catch {
      if (turn === this.#turn) this.#end(this.#words.offline);
    }
  }

  get #language(): string {
    return this.closest<HTMLElement>("[lang]")?.lang || navigator.language;
  }

  get #words(): Texts {
    return { ...spoken(this.#language), ...this.texts };
  }

  #path(path: string): string {
    return `${(this.getAttribute("login") ?? "").replace(/\/$/, "")}${path}`;
  }

  #show(number: string, seconds: number, origin: string): void {
    const words = this.#words;
    const address = this.getAttribute("address") ?? new URL("hand-off", location.href).href;
    const spaced = `${number.slice(0, 3)} ${number.slice(3)}`;
    const shown = h("p", { className: "number", dir: "ltr" }, spaced);
    this.#alert.textContent = "";
    this.#body.replaceChildren(
      h("p", { dir: "auto" }, fill(words.numberHint, { address })),
      shown,
      drawn(`${address}#number=${number}`, words.qr),
      h("p", { className: "origin" }, fill(words.asks, { origin })),
    );
    this.#over = setTimeout(() => this.#end(words.expired), seconds * 1000);
    this.#listen(number);
  }

  #listen(number: string): void {
    const events = new EventSource(this.#path(`/v1/handoffs/${number}/events`));
    this.#events = events;
    events.addEventListener("code", ({ data }: MessageEvent<string>) => {
      const { code } = JSON.parse(data) as { code: string };
      this.#close();
      this.dispatchEvent(new CustomEvent("milagro-code", { detail: { code }, bubbles: true, composed: true }));
    });
    // A connection that breaks is made again; a number that is over is not there any more.
    events.addEventListener("error", () => {
      if (events.readyState === EventSource.CLOSED) this.#end(this.#words.expired);
    });
  }

  #end(message: string): void {
    this.#close();
    const button = h("button", { type: "button", className: "main" }, this.#words.newNumber);
    button.addEventListener("click", () => void this.open());
    this.#body.replaceChildren(button);
    this.#alert.textContent = message;
  }

  #close(): void {
    this.#turn += 1;
    this.#events?.close();
    this.#events = undefined;
    clearTimeout(this.#over);
  }
}

/** A QR code as a picture with a name. */
export function drawn(text: string, label: string): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const rows = encodeQR(text, "raw", { ecc: "medium", border: 4 });
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  const dark = rows.flatMap((row, y) => row.flatMap((on, x) => (on ? [`M${x} ${y}h1v1h-1z`] : [])));
  path.setAttribute("d", dark.join(""));
  svg.setAttribute("viewBox", `0 0 ${rows.length} ${rows.length}`);
  svg.setAttribute("class", "qr");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  svg.setAttribute("shape-rendering", "crispEdges");
  svg.setAttribute("fill", "currentColor");
  svg.append(path);
  return svg;
}

/** Makes the element known to the document. */
export function define(): void {
  if (!customElements.get("milagro-number")) customElements.define("milagro-number", MilagroNumber);
}

define();
