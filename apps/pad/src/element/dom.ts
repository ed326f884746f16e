// Makes elements. No text becomes markup anywhere in the pad.

type Child = Node | string;
type Properties<E> = Omit<Partial<E>, "part"> & Record<string, unknown>;

/** An element with properties of the DOM, attributes where a name has a dash or is `role`, and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties<HTMLElementTagNameMap[K]> = {} as Properties<HTMLElementTagNameMap[K]>,
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "role" || name === "for" || name === "part" || name.includes("-")) element.setAttribute(name, String(value));
    else Object.assign(element, { [name]: value });
  }
  element.append(...children);
  return element;
}

/** The digits of a text in ASCII, whatever keyboard wrote them; everything else is left out. */
export function digits(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 15))
    .replace(/\D/g, "");
}
