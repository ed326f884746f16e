// How a page asks a worker: questions with numbers, and an answer to each.

import { fileAddress } from "./here";

/** What comes back: a value, or why there is none. */
type Answered<F> = { id: number } & ({ value: unknown } | { fault: F });

/** Asks for a method by its name. */
export type Ask = <T>(method: string, ...args: unknown[]) => Promise<T>;

/** Starts a worker of the pad, tells it where the services are, and says how to ask it. */
export function asking<F>(file: string, config: unknown, fails: (fault: F | undefined) => Error): Ask {
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let last = 0;
  let worker: Worker | undefined;

  const begin = () => {
    worker = new Worker(fileAddress(file), { name: "milagro-pad" });
    worker.onerror = worker.onmessageerror = () => {
      for (const { reject } of waiting.values()) reject(fails(undefined));
      waiting.clear();
      // One that could not be loaded never answers: the next question goes to another.
      worker = undefined;
    };
    worker.onmessage = ({ data }: MessageEvent<Answered<F>>) => {
      const asked = waiting.get(data.id);
      waiting.delete(data.id);
      if ("fault" in data) asked?.reject(fails(data.fault));
      else asked?.resolve(data.value as never);
    };
    worker.postMessage(config);
    return worker;
  };
  begin();

  return (method, ...args) =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      (worker ?? begin()).postMessage({ id: last, method, args });
    });
}

/** An address as a worker needs it, which has no page around it: whole, and without a slash at the end. */
export const base = (url: string): string => new URL(url, location.href).href.replace(/\/$/, "");
