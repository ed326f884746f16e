// pad.js: the element, and the drop-in for the form that the script's attributes name.
import { script } from "../here";
import type { Texts } from "../texts/texts";
import { define } from "./pad";
import { takeOver, type Wanted } from "./take-over";

define();

const data = script?.dataset ?? {};
const { milagroForm: form, client } = data;
if (form !== undefined && client !== undefined) {
  const begin = () => void start({ form, client, user: data["user"], password: data["password"], registrar: data["registrar"], handOff: data["handOff"] });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin, { once: true });
  else begin();
}

async function start(wanted: Wanted): Promise<void> {
  const texts = data["texts"];
  // Texts that cannot be had are no reason to have no login.
  const own = texts === undefined ? undefined : await fetch(texts).then((response) => response.json() as Promise<Partial<Texts>>, () => undefined);
  takeOver(own === undefined ? wanted : { ...wanted, texts: own });
}
