// What the pad says. Every text can be replaced, by `texts` of the element or `data-texts` of the drop-in.
import { de } from "./de";
import { en } from "./en";

export type Texts = { [K in keyof typeof en]: string };
/** The name of a text. */
export type Key = keyof Texts;

export { de, en };

/** The language that the pad speaks for a language tag. */
export function spoken(tag: string): Texts {
  return /^de\b/i.test(tag) ? de : en;
}

/** Puts values into the places of a text: `{name}`. */
export function fill(text: string, values: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** A duration in words, in the largest unit that fits. */
export function duration(seconds: number, tag: string): string {
  const [value, unit] =
    seconds < 90 ? [Math.ceil(seconds), "second"] : seconds < 5400 ? [seconds / 60, "minute"] : [seconds / 3600, "hour"];
  return new Intl.NumberFormat(tag, { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 0 }).format(value);
}
