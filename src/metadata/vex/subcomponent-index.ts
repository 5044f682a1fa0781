import {
  isComponent,
  keysOfComponent,
  keysOfTarget,
  type PreparedComponent,
  type PreparedProduct,
  type Target,
} from "./prepared-statements.ts";

/** Below this many, asking each is quicker than looking up. */
const FEW = 8;
/** What a product with many subcomponents is asked for by each finding is sorted out for the first one. */
const INDEXES = new WeakMap<PreparedProduct, ReadonlyMap<string, readonly PreparedComponent[]>>();

/** Whether a product speaks of a component inside it: it names none, or one that is this component. */
export function coversComponent(product: PreparedProduct, target: Target): boolean {
  const { subcomponents } = product;
  if (subcomponents.length === 0) return true;
  if (subcomponents.length < FEW) return subcomponents.some((each) => isComponent(each, target));
  const index = indexOf(product);
  return keysOfTarget(target).some((key) => index.get(key)?.some((each) => isComponent(each, target)) === true);
}

function indexOf(product: PreparedProduct): ReadonlyMap<string, readonly PreparedComponent[]> {
  const known = INDEXES.get(product);
  if (known !== undefined) return known;
  const index = new Map<string, PreparedComponent[]>();
  for (const each of product.subcomponents) {
    for (const key of keysOfComponent(each)) {
      const listed = index.get(key);
      if (listed === undefined) index.set(key, [each]);
      else listed.push(each);
    }
  }
  INDEXES.set(product, index);
  return index;
}
