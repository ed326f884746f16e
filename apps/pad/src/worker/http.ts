// Questions to the services, and what is made of their answers.

import type { Failure } from "../types";
import type { Bytes } from "./bytes";
import { fromText } from "./bytes";
import { Fault } from "./fault";
import { guarded, retryAfter, sleep } from "./fetching";

/** The longest pause before a question is asked again. */
const PAUSE_MAX = 2_000;
const TRIES = 3;
const LONGEST = 1 << 20;

export interface Question {
  path: string;
  body?: unknown;
  /** Whether it may be asked again when nobody knows what has become of it. */
  repeatable: boolean;
  /** What the service's "refused" means here. */
  refused: Failure;
}

/** An answer that is not the one to the question. */
interface Problem {
  status: number;
  word: string;
  retryAfter: number | undefined;
  /** How many more logins can be tried, where the service says so. */
  left: number | undefined;
}

export class Service {
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  async ask(question: Question): Promise<Record<string, unknown>> {
    for (let tried = 1; ; tried += 1) {
      const answer = await this.#once(question);
      if (!(answer instanceof Fault)) {
        if (!("word" in answer)) return answer.form;
        const fault = faultOf(answer, question);
        // A full queue has begun nothing.
        const again = answer.word === "busy" || (question.repeatable && answer.status === 503);
        const pause = (answer.retryAfter ?? 1) * 1000;
        if (!again || tried >= TRIES || pause > PAUSE_MAX) throw fault;
        await sleep(pause);
        continue;
      }
      if (!question.repeatable || tried >= TRIES) throw answer;
      await sleep(250 * tried);
    }
  }

  async #once({ path, body }: Question): Promise<{ form: Record<string, unknown> } | Problem | Fault> {
    const asked: RequestInit = { ...guarded(), credentials: "same-origin" };
    if (body !== undefined) {
      asked.method = "POST";
      asked.headers = { "Content-Type": "application/json" };
      asked.body = JSON.stringify(body);
    }
    try {
      const answer = await fetch(this.#base + path, asked);
      const text = await answer.text();
      const form: unknown = text.length > LONGEST ? undefined : parsed(text);
      if (!answer.ok) return problemOf(answer, form);
      return isForm(form) ? { form } : new Fault("unavailable");
    } catch (error) {
      const late = error instanceof DOMException && error.name === "TimeoutError";
      return new Fault(late ? "unavailable" : "offline");
    }
  }
}

function problemOf(answer: Response, form: unknown): Problem {
  const said = isForm(form) ? form : {};
  const kind = typeof said["type"] === "string" ? said["type"] : "";
  return {
    status: answer.status,
    word: kind.slice(kind.lastIndexOf("#") + 1),
    left: typeof said["attempts_left"] === "number" ? said["attempts_left"] : undefined,
    retryAfter: retryAfter(answer),
  };
}

/** What a problem means to whoever asked. */
export function faultOf({ status, word, left, retryAfter }: Problem, { refused }: Pick<Question, "refused">): Fault {
  const more = retryAfter === undefined ? {} : { retryAfter };
  switch (word) {
    case "refused":
      // A wrong PIN is counted: without a count it is the device, or its user, that may not log in.
      if (left === undefined) return new Fault(refused === "wrong-pin" ? "refused" : refused);
      return left === 0 ? new Fault("locked") : new Fault(refused, { left });
    case "revoked":
      return new Fault("revoked");
    case "not-found":
      // A number or an application that is not there, when it is not the code itself.
      return new Fault(refused === "wrong-pin" ? "bad-code" : refused);
    case "conflict":
    case "malformed":
      // What a person has typed is not a code, or one that is used up.
      return new Fault(refused === "bad-code" ? refused : "internal");
    case "rate":
    case "busy":
    case "unavailable":
    case "slow":
      return new Fault("unavailable", more);
    default:
      // A proxy that has no service behind it says nothing in our words.
      return status >= 500 || status === 429 ? new Fault("unavailable", more) : new Fault("internal");
  }
}

/** JSON; undefined for anything else. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isForm(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A field of an answer that is to be text. */
export function text(form: Record<string, unknown>, name: string): string {
  const value = form[name];
  if (typeof value !== "string") throw new Fault("unavailable");
  return value;
}

/** A field of an answer that is to be bytes. */
export function bytes(form: Record<string, unknown>, name: string): Bytes {
  const value = fromText(form[name]);
  if (value === undefined) throw new Fault("unavailable");
  return value;
}
