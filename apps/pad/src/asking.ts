// How a page asks a worker: questions with numbers, and an answer to each.

import { fileAddress } from "./here";

/** What comes back: a value, or why there is none. */
type Answered<F> = { id: number } & ({ value: unknown } | { fault: F });

/** Asks for a method by its name. */
export type Ask = <T>(method: string, ...args: unknown[]) => Promise<T>;

/** Starts a worker of the pad, tells it where the services are, and says how to ask it. */
export function asking<F>(file: string, config: unknown, fails: (fault: F | undefined) => Error): Ask {
  const worker = new Worker(fileAddress(file), { name: "milagro-pad" });
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let last = 0;

  const abandon = () => {
    for (const { reject } of waiting.values()) reject(fails(undefined));
    waiting.clear();
  };
  worker.addEventListener("error", abandon);
  worker.addEventListener("messageerror", abandon);
  worker.addEventListener("message", ({ data }: MessageEvent<Answered<F>>) => {
    const asked = waiting.get(data.id);
    waiting.delete(data.id);
    if ("fault" in data) asked?.reject(fails(data.fault));
    else asked?.resolve(data.value as never);
  });
  worker.postMessage(config);

  return (method, ...args) =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      worker.postMessage({ id: last, method, args });
    });
}

/** An address as a worker needs it, which has no page around it: whole, and without a slash at the end. */
export const base = (url: string): string => new URL(url, location.href).href.replace(/\/$/, "");
