// What the pad says. Every text can be replaced, by `texts` of the element or `data-texts` of the drop-in.
import { de } from "./de";
import { en } from "./en";

export type Texts = { [K in keyof typeof en]: string };
/** The name of a text. */
export type Key = keyof Texts;

export { de, en };

/** The language that the pad speaks for a language tag. */
export function spoken(tag: string): Texts {
  return isGerman(tag) ? de : en;
}

export function isGerman(tag: string): boolean {
  return /^de(?![a-z])/i.test(tag);
}

/** The tag that numbers and dates are written by: pages and addresses have some that are none (`en_US`), and an error has to be said there, too. */
export function locale(tag: string): string {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? spoken(tag).lang;
  } catch {
    return spoken(tag).lang;
  }
}

/** Puts values into the places of a text: `{name}`. */
export function fill(text: string, values: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** A duration in words, in the largest unit that fits. */
export function duration(seconds: number, tag: string): string {
  const [value, unit] =
    seconds < 90 ? [Math.ceil(seconds), "second"] : seconds < 5400 ? [seconds / 60, "minute"] : [seconds / 3600, "hour"];
  return new Intl.NumberFormat(locale(tag), { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 0 }).format(value);
}

/** A moment in words. */
export function moment(seconds: number, tag: string): string {
  return new Intl.DateTimeFormat(locale(tag), { dateStyle: "medium", timeStyle: "short" }).format(seconds * 1000);
}
