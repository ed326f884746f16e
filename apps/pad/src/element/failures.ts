// What a person is told when something failed.
import type { Failure, PadFailure } from "../api";
import { duration, fill, locale, type Key, type Texts } from "../texts/texts";

const WORDS: Record<Failure, Key> = {
  "wrong-pin": "wrongPin",
  locked: "locked",
  frozen: "frozen",
  "unknown-device": "unknownDevice",
  revoked: "revoked",
  "bad-code": "badCode",
  offline: "offline",
  unavailable: "unavailable",
  refused: "denied",
  storage: "storage",
  internal: "internal",
};

/** The failure that something thrown stands for. */
export function failureOf(thrown: unknown): PadFailure {
  const known = thrown instanceof Error && "failure" in thrown && typeof thrown.failure === "string" && thrown.failure in WORDS;
  return known ? (thrown as Error & PadFailure) : { failure: "internal" };
}

/** A failure in words: what it is, how many attempts are left, when it is worth trying again. */
export function words({ failure, left, retryAfter }: PadFailure, texts: Texts, lang: string): string {
  const said = [texts[WORDS[failure]]];
  if (left === 1) said.push(texts.leftOne);
  else if (left !== undefined && left > 0) said.push(fill(texts.leftOther, { left: new Intl.NumberFormat(locale(lang)).format(left) }));
  if (retryAfter !== undefined && retryAfter > 0) said.push(fill(texts.again, { time: duration(retryAfter, lang) }));
  return said.join(" ");
}
