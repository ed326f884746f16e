// `/devices`: the devices and sessions of whoever is logged in.
import { h } from "../element/dom";
import { drawn } from "../element/number";
import { fill, moment } from "../texts/texts";
import { ask, base, button, excuse, link, Refusal, show, type Page } from "./page";

interface Device {
  device: string;
  enrolled: number;
  confirmed: boolean;
  closed: boolean;
  own: boolean;
}

interface Session {
  id: string;
  user: string;
  device: string;
  began: number;
  used: number;
}

/** What is in the parts of the page that change. */
interface Places {
  status: HTMLElement;
  alert: HTMLElement;
  adding: HTMLElement;
}

/** Shows the page, or leads to the login. */
export async function devices(page: Page): Promise<void> {
  const places = {
    status: h("p", { role: "status" }),
    alert: h("p", { role: "alert" }),
    adding: h("div", { className: "adding" }),
  };
  await draw(page, places);
}

async function draw(page: Page, places: Places): Promise<void> {
  const { texts } = page;
  try {
    const own = (await ask("GET", "v1/session")) as Session;
    const [found, open] = (await Promise.all([ask("GET", "v1/devices"), ask("GET", "v1/sessions")])) as [
      { devices: Device[] },
      { sessions: Session[] },
    ];
    const usable = found.devices.filter(({ closed }) => !closed).sort((a, b) => Number(b.own) - Number(a.own) || b.enrolled - a.enrolled);
    const sessions = open.sessions.sort((a, b) => Number(b.id === own.id) - Number(a.id === own.id) || b.began - a.began);
    show(
      page,
      texts.devices,
      h("p", {}, fill(texts.devicesLead, { user: own.user })),
      places.status,
      places.alert,
      h("ul", { className: "list" }, ...usable.map((device) => deviceRow(page, places, device))),
      h("p", {}, button(texts.add, () => void add(page, places), "main")),
      places.adding,
      h("h2", {}, texts.sessions),
      h("ul", { className: "list" }, ...sessions.map((session) => sessionRow(page, places, session, own))),
      h("p", { className: "row" }, button(texts.logout, () => void logOut(page, places)), link("change-pin", texts.change)),
    );
  } catch (thrown) {
    if (thrown instanceof Refusal && thrown.status === 403) return toLogin();
    show(page, texts.devices, places.status, places.alert);
    places.alert.textContent = excuse(page, thrown);
  }
}

function deviceRow(page: Page, places: Places, { device, enrolled, confirmed, own }: Device): HTMLElement {
  const { texts, lang } = page;
  const date = moment(enrolled, lang);
  const words = [own ? h("strong", {}, texts.devicesThis) : "", h("span", {}, fill(texts.devicesSince, { date }))];
  if (!confirmed) words.push(h("span", { className: "hint" }, texts.unconfirmed));
  const row = h("li", {});
  const offer = () => {
    const remove = button(texts.remove, question);
    remove.setAttribute("aria-label", fill(texts.removeName, { date }));
    row.replaceChildren(h("div", { className: "words" }, ...words), remove);
    return remove;
  };
  const question = () => {
    const yes = button(texts.remove, () => void done(page, places, ask("DELETE", `v1/devices/${device}`), texts.removed), "danger");
    const no = button(texts.cancel, () => offer().focus());
    row.replaceChildren(h("div", { className: "words" }, ...words, h("span", {}, texts.removeAsk)), h("div", { className: "row" }, yes, no));
    no.focus();
  };
  offer();
  return row;
}

function sessionRow(page: Page, places: Places, session: Session, own: Session): HTMLElement {
  const { texts, lang } = page;
  const date = moment(session.began, lang);
  const words = h("span", {}, fill(texts.sessionsSince, { date, used: moment(session.used, lang) }));
  if (session.id === own.id) return h("li", {}, h("div", { className: "words" }, h("strong", {}, texts.sessionsThis), words));
  const end = button(texts.end, () => void done(page, places, ask("DELETE", `v1/sessions/${session.id}`), texts.ended));
  end.setAttribute("aria-label", fill(texts.endName, { date }));
  return h("li", {}, h("div", { className: "words" }, words), end);
}

/** Says that something was done, and shows what there is now. */
async function done(page: Page, places: Places, work: Promise<unknown>, words: string): Promise<void> {
  places.status.textContent = "";
  places.alert.textContent = "";
  try {
    await work;
    await draw(page, places);
    places.status.textContent = words;
    places.status.tabIndex = -1;
    places.status.focus();
  } catch (thrown) {
    places.alert.textContent = excuse(page, thrown);
  }
}

async function add(page: Page, { alert, adding }: Places): Promise<void> {
  const { texts, lang } = page;
  alert.textContent = "";
  try {
    const { code, until } = (await ask("POST", "v1/devices/code", {})) as { code: string; until: number };
    const address = new URL("enrol", base).href;
    adding.replaceChildren(
      h("h2", { tabIndex: -1 }, texts.add),
      h("p", {}, fill(texts.addLead, { address })),
      drawn(`${address}#code=${encodeURIComponent(code)}`, texts.addQr),
      h("p", {}, h("span", { className: "hint" }, `${texts.addCode}: `), h("output", { className: "code" }, code)),
      h("p", { className: "hint" }, fill(texts.addUntil, { time: moment(until, lang) })),
    );
    adding.querySelector("h2")?.focus();
  } catch (thrown) {
    if (!(thrown instanceof Refusal) || thrown.status !== 403) {
      alert.textContent = excuse(page, thrown);
      return;
    }
    adding.replaceChildren(h("p", {}, texts.addFresh), link("login", texts.login));
  }
}

async function logOut(page: Page, places: Places): Promise<void> {
  try {
    await ask("DELETE", "v1/session");
    location.assign(new URL("logged-out", base));
  } catch (thrown) {
    places.alert.textContent = excuse(page, thrown);
  }
}

function toLogin(): void {
  const to = new URL("login", base);
  to.searchParams.set("return", location.pathname);
  location.replace(to);
}
