// <milagro-pad>: asks for a PIN, and has the worker log in with it.
import { connect, type DeviceState, type PadClient, type PadFailure, type Purpose } from "../api";
import { style } from "../style/pad";
import { fill, spoken, type Texts } from "../texts/texts";
import { h } from "./dom";
import { failureOf, words } from "./failures";
import { changeView, enrolView, loginView, noneView, type Host, type View } from "./views";

/** What the pad does. */
export type Mode = "login" | "enrol" | "change";

/** Digits of a new PIN where the page does not say. */
const LENGTH = 6;

/** Asks for a PIN. Form-associated: its value is the login code, once there is one. */
export class MilagroPad extends HTMLElement implements Host {
  static readonly formAssociated = true;
  static readonly observedAttributes = ["mode", "lang", "length", "phone"];

  /** An activation code that the person need not type. It is a property, so that it stands in no attribute. */
  code = "";

  readonly #internals = this.attachInternals();
  readonly #status = h("p", { role: "status", id: "status", dir: "auto", part: "status" });
  readonly #alert = h("p", { role: "alert", id: "alert", dir: "auto", part: "alert" });
  readonly #body = h("div");
  #client: PadClient | undefined;
  #texts: Partial<Texts> = {};
  #state: DeviceState | undefined;
  #view: View | undefined;
  #busy = false;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open", delegatesFocus: true });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    root.adoptedStyleSheets = [sheet];
    root.append(this.#status, this.#alert, this.#body);
    // Whoever types a PIN will log in with it.
    this.#body.addEventListener("input", () => {
      if (this.mode === "login") this.client.prepare().catch(() => undefined);
    });
  }

  connectedCallback(): void {
    addEventListener("pageshow", this);
    void this.refresh();
  }

  disconnectedCallback(): void {
    removeEventListener("pageshow", this);
  }

  /** Browsers keep a page for the way back: no PIN waits there that was typed and not sent. */
  handleEvent({ persisted }: PageTransitionEvent): void {
    if (persisted) this.formResetCallback();
  }

  attributeChangedCallback(): void {
    if (this.isConnected && this.#state) this.#show();
  }

  formResetCallback(): void {
    this.#internals.setFormValue(null);
    this.#say("");
    this.#show();
  }

  /** Who does the work; without one, the pad starts a worker. Set it before the pad is in a document. */
  get client(): PadClient {
    const at = (name: string, otherwise: string) => this.getAttribute(name) ?? otherwise;
    this.#client ??= connect({ login: at("login", ""), registrar: at("registrar", "/registrar") });
    return this.#client;
  }

  set client(client: PadClient) {
    this.#client = client;
  }

  get mode(): Mode {
    const mode = this.getAttribute("mode");
    return mode === "enrol" || mode === "change" ? mode : "login";
  }

  set mode(mode: Mode) {
    this.setAttribute("mode", mode);
  }

  /** Texts that the page has of its own. */
  get texts(): Texts {
    return { ...spoken(this.language), ...this.#texts };
  }

  set texts(texts: Partial<Texts>) {
    this.#texts = texts;
    if (this.#state) this.#show();
  }

  /** The language that the pad speaks: of the nearest element that names one. */
  get language(): string {
    return this.closest<HTMLElement>("[lang]")?.lang || navigator.language;
  }

  get length(): number {
    const length = Number(this.getAttribute("length"));
    return length >= 4 && length <= 6 ? length : LENGTH;
  }

  get phone(): boolean {
    return this.hasAttribute("phone") && this.mode === "login";
  }

  get form(): HTMLFormElement | null {
    return this.#internals.form;
  }

  /** Looks again what this device is. */
  async refresh(): Promise<void> {
    await this.#attempt(async () => {
      this.#state = await this.client.state();
      this.#show();
    });
  }

  /** What a login is for: the page's attributes say so. */
  get purpose(): Purpose {
    const [client, number] = [this.getAttribute("client"), this.getAttribute("number")];
    const origin = this.getAttribute("origin") ?? location.origin;
    if (number !== null) return { for: "hand-off", number, origin };
    return client === null ? { for: "session" } : { for: "code", client, origin };
  }

  async login(pin: string): Promise<void> {
    await this.#attempt(async () => {
      const { user, code } = await this.client.login(pin, this.purpose);
      this.#internals.setFormValue(code ?? null);
      if (this.#tell("milagro-login", { user, code }) && code !== undefined) this.form?.requestSubmit();
    });
  }

  async enrol(code: string, pin: string): Promise<void> {
    await this.#attempt(async () => {
      const state = await this.client.enrol({ code, pin });
      this.code = "";
      this.#state = state;
      const stays = this.#tell("milagro-enrol", { user: state.kind === "enrolled" ? state.user : "" });
      if (!stays) return;
      this.mode = "login";
      this.#say("enrolled");
    });
  }

  async change(old: string, next: string): Promise<void> {
    await this.#attempt(async () => {
      await this.client.changePin(old, next);
      this.#state = await this.client.state();
      this.#show();
      this.#say("changed");
      this.#tell("milagro-change", {});
    });
  }

  /** To the field that waits for something; what the browser would choose is the field for password managers. */
  override focus(): void {
    this.#view?.focus();
  }

  elsewhere(): void {
    this.#tell("milagro-phone", {});
  }

  /** Shows an error that the person can mend. */
  complain(message: string): void {
    this.#status.textContent = "";
    // The same words again are said again.
    this.#alert.textContent = "";
    requestAnimationFrame(() => {
      this.#alert.textContent = message;
    });
  }

  /** One thing at a time; what failed is said, and the focus goes back to the field. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    if (this.#busy) return;
    this.#setBusy(true);
    this.#alert.textContent = "";
    try {
      await work();
    } catch (thrown) {
      this.#failed(failureOf(thrown));
    } finally {
      this.#setBusy(false);
    }
  }

  #failed(failure: PadFailure): void {
    // A device that is gone has nothing to type a PIN for.
    if (failure.failure === "unknown-device" && this.#state?.kind === "enrolled") {
      this.#state = { kind: "none" };
      this.#show();
    }
    this.complain(words(failure, this.texts, this.language));
    this.#view?.wrong(failure.failure);
    this.#tell("milagro-failure", { failure: failure.failure, left: failure.left, retryAfter: failure.retryAfter });
  }

  #setBusy(busy: boolean): void {
    this.#busy = busy;
    this.#view?.busy(busy);
  }

  #say(what: "" | "enrolled" | "changed"): void {
    const user = this.#state?.kind === "enrolled" ? this.#state.user : "";
    this.#alert.textContent = "";
    this.#status.textContent = what === "" ? "" : fill(this.texts[what], { user });
  }

  #show(): void {
    const had = this.shadowRoot?.activeElement !== null;
    const state = this.#state ?? { kind: "none" };
    this.#view = this.#viewOf(state);
    this.#body.lang = spoken(this.language).lang;
    this.#body.replaceChildren(this.#view.root);
    this.#view.busy(this.#busy);
    if (had || this.hasAttribute("autofocus")) this.#view.focus();
  }

  #viewOf(state: DeviceState): View {
    if (this.mode === "enrol") return enrolView(this);
    if (state.kind === "none") return noneView(this);
    return this.mode === "change" ? changeView(this, state.pinLength) : loginView(this, state);
  }

  /** Whether nobody has said that they do the rest themselves. */
  #tell(name: string, detail: Record<string, unknown>): boolean {
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true }));
  }
}

/** Makes the element known to the document. */
export function define(): void {
  if (!customElements.get("milagro-pad")) customElements.define("milagro-pad", MilagroPad);
}
