import { formatPackageUrl, parsePackageUrl } from "../../artifact/index.ts";
import { canonicalJson } from "../../base/index.ts";
import type { VexComponent, VexStatement } from "./vex.ts";

/** The smallest thing that a statement speaks of: one vulnerability in one product, or in one component inside it. */
export interface StatementAtom {
  /** The same text where two statements speak of the same; another one where that is not certain. */
  readonly key: string;
  /** What is named, for people; empty where the statement names no product. */
  readonly product: string;
  readonly subcomponent?: string;
  /** Places in the statement's lists. */
  readonly productIndex?: number;
  readonly subcomponentIndex?: number;
}

/** All that a statement speaks of, each named by the vulnerability's names together. */
export function atomsOf(statement: VexStatement): readonly StatementAtom[] {
  const names = [...new Set([statement.vulnerability, ...statement.aliases].map((name) => name.toUpperCase()))].sort();
  const keyOf = (...parts: readonly string[]): string => JSON.stringify([names, ...parts]);
  if (statement.products.length === 0) return [{ key: keyOf(), product: "" }];
  return statement.products.flatMap((product, productIndex): readonly StatementAtom[] => {
    const own = { product: nameOfComponent(product), productIndex };
    const productKey = identityOf(product);
    if (product.subcomponents.length === 0) return [{ ...own, key: keyOf(productKey) }];
    return product.subcomponents.map((subcomponent, subcomponentIndex) => ({
      ...own,
      key: keyOf(productKey, identityOf(subcomponent)),
      subcomponent: nameOfComponent(subcomponent),
      subcomponentIndex,
    }));
  });
}

/** What a component is called, for people. */
export function nameOfComponent({ id, identifiers, hashes }: VexComponent): string {
  if (id !== "") return id;
  return Object.values(identifiers)[0] ?? Object.entries(hashes)[0]?.join(":") ?? "";
}

function identityOf({ id, identifiers, hashes }: VexComponent): string {
  const names = Object.entries(identifiers).map(([key, value]) => [key, canonicalName(value)] as const);
  return canonicalJson({ id: canonicalName(id), identifiers: Object.fromEntries(names), hashes });
}

/** Spellings of one package URL are one name. */
function canonicalName(text: string): string {
  const parsed = parsePackageUrl(text);
  return parsed.ok ? formatPackageUrl(parsed.value) : text;
}
