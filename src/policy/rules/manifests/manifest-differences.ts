import { equalValues, isValueObject, memberOf, type Value } from "../../../base/index.ts";

/** A field of an object that is not as it was signed. */
export interface Difference {
  /** Names, and places in lists: `spec`, `ports`, `0`, `port`. */
  readonly path: readonly string[];
  /** As it was signed; undefined where it was not there. */
  readonly signed: Value | undefined;
  /** As it is; undefined where it is not there. */
  readonly found: Value | undefined;
}

/** A difference is kept with its path: a small message whose aliases stand for millions of them must not fill the memory. */
const DIFFERENCE_STEPS = 64;

/** What a comparison may use up. @throws {AmapError} BUDGET_EXCEEDED */
type Charge = (steps: number) => void;

/**
 * Every field in which an object differs from a signed manifest. Numbers are compared by their value, null is as good as
 * absent. What is there and empty is another thing than what is not there, since an empty rule or selector may stand for
 * everything; except where the API server adds it.
 */
export function findDifferences(signed: Value, found: Value, charge: Charge): readonly Difference[] {
  const differences: Difference[] = [];
  compare({ signed, found }, [], differences, charge);
  return differences;
}

interface Pair {
  readonly signed: Value | undefined;
  readonly found: Value | undefined;
  /** Of a list, where null takes a place. */
  readonly isItem?: boolean;
}

function compare(pair: Pair, path: readonly string[], into: Difference[], charge: Charge): void {
  charge(1);
  const [signed, found] = pair.isItem ? [pair.signed, pair.found] : [pair.signed ?? undefined, pair.found ?? undefined];
  if (signed === undefined && found === undefined) return;
  const [signedParts, foundParts] = [partsOf(signed), partsOf(found)];
  // A list or an object on one side alone is told by its fields, so that those that do not count can be left out.
  if (isMember(signedParts, foundParts, signed, found)) {
    const names = new Set([...(signedParts ?? []), ...(foundParts ?? [])]);
    const isItem = Array.isArray(signed) || Array.isArray(found);
    for (const name of names) {
      compare({ signed: partOf(signed, name), found: partOf(found, name), isItem }, [...path, name], into, charge);
    }
    return;
  }
  if (signed !== undefined && found !== undefined && equalValues(signed, found)) return;
  if (isAdded(path, signed, found) || isSameImage(path, signed, found)) return;
  charge(DIFFERENCE_STEPS);
  into.push({ path, signed, found });
}

/** Whether two values are compared part by part: both of one shape, or one with parts and the other not there. */
function isMember(
  signedParts: readonly string[] | undefined,
  foundParts: readonly string[] | undefined,
  signed: Value | undefined,
  found: Value | undefined,
): boolean {
  if (signed === undefined) return (foundParts?.length ?? 0) > 0;
  if (found === undefined) return (signedParts?.length ?? 0) > 0;
  return signedParts !== undefined && foundParts !== undefined && Array.isArray(signed) === Array.isArray(found);
}

/** The names of an object's members, or the places of a list; undefined for what has no parts. */
function partsOf(value: Value | undefined): readonly string[] | undefined {
  if (Array.isArray(value)) return value.map((_, place) => String(place));
  return value !== undefined && isValueObject(value) ? Object.keys(value) : undefined;
}

function partOf(value: Value | undefined, name: string): Value | undefined {
  if (Array.isArray(value)) {
    const items: readonly Value[] = value;
    return items[Number(name)];
  }
  return memberOf(value, name);
}

/** What the API server writes empty where it means nothing: of a Pod, of its containers, of a claim, of a template. */
const ADDED_EMPTY =
  /(?:^|\.)(?:spec\.(?:securityContext|resources)|(?:c|initC|ephemeralC)ontainers\.\d+\.(?:securityContext|resources)|template\.metadata)$/;

function isAdded(path: readonly string[], signed: Value | undefined, found: Value | undefined): boolean {
  if (signed !== undefined || found === undefined || !isValueObject(found)) return false;
  return Object.keys(found).length === 0 && ADDED_EMPTY.test(path.slice(-4).join("."));
}

/** `nginx` may be written as `nginx:latest` or `docker.io/nginx`: clusters do. */
function isSameImage(path: readonly string[], signed: Value | undefined, found: Value | undefined): boolean {
  if (path.at(-1) !== "image" || typeof signed !== "string") return false;
  if (found === `${signed}:latest`) return !/[:@]/.test(signed.slice(signed.lastIndexOf("/") + 1));
  return found === `docker.io/${signed}` && !isOfRegistry(signed);
}

/** What stands before the first slash is a registry where it has a point or a port, or is this machine. */
function isOfRegistry(image: string): boolean {
  const slash = image.indexOf("/");
  return slash >= 0 && /[.:]|^localhost$/.test(image.slice(0, slash));
}
