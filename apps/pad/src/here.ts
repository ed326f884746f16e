// Where the pad's files are. A classic script knows its own address only while it runs, a module always does.
const running = document.currentScript;

/** The address of this script; its other files are beside it. */
export const here = running instanceof HTMLScriptElement ? running.src : import.meta.url;

/** The script's element, where it is a classic one: its attributes say what the drop-in takes over. */
export const script = running instanceof HTMLScriptElement ? running : null;

interface Policies {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): unknown };
}

/** The address of a built file, as a browser with Trusted Types wants it: of this directory, by a name that the build has put in. */
export function fileAddress(file: string): string {
  const address = new URL(file, here).href;
  policy ??= (globalThis as { trustedTypes?: Policies }).trustedTypes?.createPolicy("milagro-pad", {
    createScriptURL(url) {
      if (new URL(url).href.startsWith(new URL(".", here).href)) return url;
      throw new TypeError("no file of the pad");
    },
  });
  return (policy?.createScriptURL(address) ?? address) as string;
}

let policy: ReturnType<Policies["createPolicy"]> | undefined;
