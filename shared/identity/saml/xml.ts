import { SaxesParser, type SaxesTagNS } from "saxes";
import { SamlRefused } from "./refusal.ts";

export const NAMESPACES = {
  protocol: "urn:oasis:names:tc:SAML:2.0:protocol",
  assertion: "urn:oasis:names:tc:SAML:2.0:assertion",
  metadata: "urn:oasis:names:tc:SAML:2.0:metadata",
  signature: "http://www.w3.org/2000/09/xmldsig#",
  encryption: "http://www.w3.org/2001/04/xmlenc#",
} as const;
export type Namespace = keyof typeof NAMESPACES;

const DECLARATIONS = "http://www.w3.org/2000/xmlns/";

export interface XmlAttribute {
  readonly uri: string;
  readonly local: string;
  readonly value: string;
}

export interface XmlElement {
  readonly uri: string;
  readonly local: string;
  /** Without the declarations of namespaces. */
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly (XmlElement | string)[];
}

interface Limits {
  readonly depth: number;
  readonly elements: number;
  /** What is done about comments, CDATA and processing instructions. Default: the document is refused. */
  readonly comments?: "ignored";
}

/** The most that a response needs: those of real providers are 10 deep at most, and have some hundred elements. */
export const RESPONSE_LIMITS: Limits = { depth: 24, elements: 4000 };

/**
 * A strict reading of an XML 1.0 document with namespaces: well-formed, without a document type, and within limits while it is
 * read. Throws `SamlRefused`: `malformed`, `too-large`, `dtd`, `comment`.
 */
export function parseXml(text: string, limits: Limits): XmlElement {
  const tree = new Tree(limits);
  const parser = new SaxesParser({ xmlns: true, position: false });
  parser.on("xmldecl", ({ version, encoding = "utf-8" }) => {
    if (version !== "1.0" || encoding.toLowerCase() !== "utf-8") throw new SamlRefused("malformed");
  });
  parser.on("doctype", () => {
    throw new SamlRefused("dtd");
  });
  const aside = () => {
    if (limits.comments !== "ignored") throw new SamlRefused("comment");
  };
  parser.on("comment", aside);
  parser.on("processinginstruction", aside);
  parser.on("cdata", (content) => {
    aside();
    tree.text(content);
  });
  parser.on("text", (content) => tree.text(content));
  parser.on("opentag", (tag) => tree.open(tag));
  parser.on("closetag", () => tree.close());
  try {
    parser.write(text).close();
  } catch (cause) {
    throw cause instanceof SamlRefused ? cause : new SamlRefused("malformed", { cause });
  }
  return tree.root;
}

interface Open extends XmlElement {
  readonly children: (XmlElement | string)[];
}

class Tree {
  readonly #limits: Limits;
  readonly #open: Open[] = [];
  #elements = 0;
  #root: XmlElement | undefined;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get root(): XmlElement {
    if (this.#root === undefined) throw new SamlRefused("malformed");
    return this.#root;
  }

  open({ uri, local, attributes }: SaxesTagNS): void {
    if (this.#open.length >= this.#limits.depth || ++this.#elements > this.#limits.elements)
      throw new SamlRefused("too-large");
    const element: Open = {
      uri,
      local,
      attributes: Object.values(attributes)
        .filter((each) => each.uri !== DECLARATIONS)
        .map((each) => ({ uri: each.uri, local: each.local, value: each.value })),
      children: [],
    };
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#root = element;
    else parent.children.push(element);
    this.#open.push(element);
  }

  close(): void {
    this.#open.pop();
  }

  text(content: string): void {
    this.#open.at(-1)?.children.push(content);
  }
}

export function isNamed(element: XmlElement, namespace: Namespace, local: string): boolean {
  return element.uri === NAMESPACES[namespace] && element.local === local;
}

export function elementsIn(element: XmlElement): readonly XmlElement[] {
  return element.children.filter((child) => typeof child !== "string");
}

export function childrenNamed(element: XmlElement, namespace: Namespace, local: string): readonly XmlElement[] {
  return elementsIn(element).filter((child) => isNamed(child, namespace, local));
}

/** The one child of that name, or undefined. Throws `malformed` where there are more. */
export function childNamed(element: XmlElement, namespace: Namespace, local: string): XmlElement | undefined {
  const [first, ...more] = childrenNamed(element, namespace, local);
  if (more.length > 0) throw new SamlRefused("malformed", { detail: `more than one ${local}` });
  return first;
}

/** The element, and all in it. */
export function* elementsWithin(element: XmlElement): Generator<XmlElement> {
  yield element;
  for (const child of elementsIn(element)) yield* elementsWithin(child);
}

/** Of an attribute without a prefix. */
export function attributeOf(element: XmlElement, local: string): string | undefined {
  return element.attributes.find((each) => each.uri === "" && each.local === local)?.value;
}

/** The text of an element that holds nothing else, without space around it. Throws `malformed` for one that does. */
export function textOf(element: XmlElement): string {
  if (elementsIn(element).length > 0) throw new SamlRefused("malformed", { detail: `${element.local} is not a text` });
  return element.children.join("").replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
}
