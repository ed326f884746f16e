// The script of all pages: which one it is, its path says.
import { devices } from "./devices";
import { frame } from "./frame";
import { handOff } from "./hand-off";
import { changePin, enrol, loggedOut, login } from "./login";
import { begin, type Page } from "./page";

const PAGES: Record<string, (page: Page) => void | Promise<void>> = {
  login,
  enrol,
  devices,
  "hand-off": handOff,
  "change-pin": changePin,
  "logged-out": loggedOut,
  frame,
};

const name = location.pathname.split("/").at(-1) ?? "";
void (PAGES[name] ?? login)(begin());
