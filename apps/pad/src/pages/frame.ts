// `/frame?client=ID&origin=ORIGIN`: the pad within a page of an application. The service lets that origin frame it and no other.
import "../element/number";
import { base, padOf, show, type Page } from "./page";

/** Shows the pad, and gives the page around it the login code. */
export function frame(page: Page): void {
  const { texts } = page;
  const query = new URLSearchParams(location.search);
  const [client, origin] = [query.get("client") ?? "", query.get("origin") ?? ""];
  const send = (code: string | undefined) => {
    if (code !== undefined) parent.postMessage({ type: "milagro-code", code }, origin);
  };
  const heard = (event: Event) => send((event as CustomEvent<{ code?: string }>).detail.code);
  const pad = padOf(page);
  pad.setAttribute("client", client);
  pad.setAttribute("origin", origin);
  pad.removeAttribute("autofocus");
  pad.addEventListener("milagro-login", heard);
  pad.setAttribute("phone", "");
  pad.addEventListener("milagro-phone", () => {
    const shown = document.createElement("milagro-number");
    shown.setAttribute("client", client);
    shown.setAttribute("origin", origin);
    shown.setAttribute("login", base.href);
    shown.setAttribute("address", new URL("hand-off", base).href);
    shown.addEventListener("milagro-code", heard);
    shown.addEventListener("milagro-back", () => shown.replaceWith(pad));
    pad.replaceWith(shown);
  });
  show(page, texts.login, pad);
}
