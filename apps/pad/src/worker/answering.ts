// How a worker answers a page: first it is told where the services are, then come questions with numbers.

import type { Asked } from "../types";

declare const self: DedicatedWorkerGlobalScope;

/** Does what a question asks for. Only methods that it names are there, whatever a message says. */
export type Run = (method: string, args: unknown[]) => Promise<unknown>;

/** Answers each question with a value, or with what `sent` makes of an error. */
export function answering<C extends object>(begin: (config: C) => Run, sent: (error: unknown) => unknown): void {
  let run: Run = async () => {
    throw new Error("not configured");
  };
  self.addEventListener("message", ({ data }: MessageEvent<C | Asked>) => {
    if (!("method" in data)) {
      try {
        run = begin(data);
      } catch (error) {
        run = () => Promise.reject(error);
      }
      return;
    }
    const { id, method, args } = data;
    // Whatever is thrown, at once or later.
    const asked = new Promise((resolve) => resolve(run(method, args)));
    asked.then(
      (value) => self.postMessage({ id, value }),
      (error: unknown) => self.postMessage({ id, fault: sent(error) }),
    );
  });
}
