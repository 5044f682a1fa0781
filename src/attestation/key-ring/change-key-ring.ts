import { AmapError, formatTime } from "../../base/index.ts";
import { findContradictions } from "./decode-key-ring.ts";
import { entriesOf, type KeyRing, type KeyRingEntry, periodOf, type Retirement } from "./key-ring.ts";

/**
 * A ring with one more entry, behind the others.
 *
 * @throws {AmapError} KEY_RING_INVALID where its name or its key is there already
 * @example
 * ```ts
 * import { addToKeyRing, type KeyRingEntry } from "../index.ts";
 * const ringOf = (entry: KeyRingEntry) => addToKeyRing({ keys: [], identities: [] }, entry);
 * ```
 */
export function addToKeyRing(ring: KeyRing, entry: KeyRingEntry): KeyRing {
  const { keys, identities } = ring;
  return checked(
    entry.kind === "key" ? { keys: [...keys, entry], identities } : { keys, identities: [...identities, entry] },
  );
}

/** How one entry takes over from another. */
export interface Rotation {
  /** The name of the entry that goes. */
  readonly from: string;
  /** What takes over; without a start it is in use from `at`. */
  readonly to: KeyRingEntry;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** How long both are in use. */
  readonly overlapMs: number;
}

/**
 * A ring in which one entry takes over from another, keys and identities alike: the new one is in use from now, the old one
 * until the overlap is over, or until its own end where that comes first.
 *
 * @throws {AmapError} KEY_RING_INVALID for a name that is not there or is taken, an entry that is retired or has ended
 * @example
 * ```ts
 * import { type KeyRing, type KeyRingEntry, rotateKeyRing } from "../index.ts";
 * const rotate = (ring: KeyRing, to: KeyRingEntry, at: number) =>
 *   rotateKeyRing(ring, { from: "release-2025", to, at, overlapMs: 30 * 86_400_000 });
 * ```
 */
export function rotateKeyRing(ring: KeyRing, { from, to, at, overlapMs }: Rotation): KeyRing {
  const old = findEntry(ring, from);
  const { end } = periodOf(old);
  if (old.retired !== undefined) throw invalid(`${from} is retired already: add the new entry to the ring`);
  if (end !== undefined && end < at) throw invalid(`${from} has ended already: add the new entry to the ring`);
  const start = to.validFor?.start ?? at;
  const ended = { ...old, validFor: { ...old.validFor, end: Math.min(end ?? Infinity, at + overlapMs) } };
  return addToKeyRing(replaceEntry(ring, ended), { ...to, validFor: { ...to.validFor, start } });
}

/** How an entry is retired; one that is retired already keeps its time where none is stated. */
export type RetirementRequest = Omit<Retirement, "at"> & { readonly at?: number };

/**
 * A ring in which an entry is retired at a time, or `now`. One that is retired already can only become compromised, and not
 * later than it was retired: a change must never bring back what did not count.
 *
 * @throws {AmapError} KEY_RING_INVALID for a name that is not there, that is retired already, or a later time
 * @example
 * ```ts
 * import { type KeyRing, retireInKeyRing } from "../index.ts";
 * const retire = (ring: KeyRing, now: number) => retireInKeyRing(ring, "release-2025", { compromised: false }, now);
 * ```
 */
export function retireInKeyRing(ring: KeyRing, name: string, request: RetirementRequest, now: number): KeyRing {
  const entry = findEntry(ring, name);
  const { retired } = entry;
  if (retired?.compromised === true) throw invalid(`${name} is retired as compromised already`);
  if (retired !== undefined && !request.compromised) {
    throw invalid(`${name} is retired already; only that it is compromised can be added`);
  }
  const at = request.at ?? retired?.at ?? now;
  if (retired !== undefined && at > retired.at) {
    throw invalid(
      `${name} is retired since ${formatTime(retired.at)}; expected no later time, found ${formatTime(at)}`,
    );
  }
  return checked(replaceEntry(ring, { ...entry, retired: { ...request, at } }));
}

/**
 * The entry of a name.
 *
 * @throws {AmapError} KEY_RING_INVALID, with names that are there
 */
function findEntry(ring: KeyRing, name: string): KeyRingEntry {
  const entries = entriesOf(ring);
  const found = entries.find((entry) => entry.name === name);
  if (found !== undefined) return found;
  const names = entries.slice(0, 10).map((entry) => entry.name);
  const shown = names.length === 0 ? "none" : names.join(", ");
  throw invalid(`expected the name of an entry, found ${JSON.stringify(name.slice(0, 100))}; there are ${shown}`);
}

function replaceEntry({ keys, identities }: KeyRing, entry: KeyRingEntry): KeyRing {
  const replace = <T extends KeyRingEntry>(list: readonly T[], by: T): readonly T[] =>
    list.map((each) => (each.name === by.name ? by : each));
  return entry.kind === "key"
    ? { keys: replace(keys, entry), identities }
    : { keys, identities: replace(identities, entry) };
}

function checked(ring: KeyRing): KeyRing {
  const [issue] = findContradictions(ring);
  if (issue === undefined) return ring;
  throw invalid(issue.message);
}

function invalid(message: string): AmapError {
  return new AmapError("KEY_RING_INVALID", message);
}
