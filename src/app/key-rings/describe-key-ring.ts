import {
  type KeyRing,
  type KeyRingEntry,
  type KeyRingStatus,
  type KeyRingText,
  keyRingToValue,
  statusOfEntry,
} from "../../attestation/index.ts";
import { formatTime, type ValueObject } from "../../base/index.ts";

/** An entry in words, for a table. */
export interface EntryDescription {
  readonly name: string;
  readonly status: KeyRingStatus;
  /** The begin of the key's id, or whom the certificate must name and who must have vouched for it. */
  readonly signer: string;
  /** When it is in use, and since when it is retired. */
  readonly time: string;
  /** What it may sign. */
  readonly usage: string;
}

/** Describes every entry of a ring as it stands at a time (milliseconds since 1970). */
export function describeEntry(entry: KeyRingEntry, now: number): EntryDescription {
  const { name, usage } = entry;
  const signer =
    entry.kind === "key"
      ? `key ${entry.keyId.slice(0, 16)}…`
      : `${textOf(entry.subject)}, vouched for by ${textOf(entry.issuer)}`;
  const types = usage?.predicateTypes ?? [];
  const uses = [...(usage?.signatures === true ? ["signatures"] : []), ...types];
  return {
    name,
    status: statusOfEntry(entry, now),
    signer,
    time: timeOf(entry),
    usage: usage === undefined ? "everything" : uses.join(", "),
  };
}

/** A ring as its file has it, each entry with how it stands at a time (milliseconds since 1970). */
export function keyRingValue(ring: KeyRing, now: number): ValueObject {
  const { keys, identities, ...head } = keyRingToValue(ring);
  const withStatus = (list: unknown, entries: readonly KeyRingEntry[]): readonly ValueObject[] =>
    (Array.isArray(list) ? (list as readonly ValueObject[]) : []).map((value, index) => {
      const entry = entries[index];
      return entry === undefined ? value : { ...value, status: statusOfEntry(entry, now) };
    });
  return { ...head, keys: withStatus(keys, ring.keys), identities: withStatus(identities, ring.identities) };
}

function textOf(text: KeyRingText): string {
  return "exact" in text ? text.exact : `/${text.regexp}/`;
}

function timeOf({ validFor: { start, end } = {}, retired }: KeyRingEntry): string {
  const parts = [
    ...(start === undefined ? [] : [`from ${formatTime(start)}`]),
    ...(end === undefined ? [] : [`until ${formatTime(end)}`]),
  ];
  const use = parts.length === 0 ? "always" : parts.join(" ");
  if (retired === undefined) return use;
  const reason = retired.reason === undefined ? "" : ` (${retired.reason})`;
  return `${use}; ${retired.compromised ? "compromised" : "retired"} ${formatTime(retired.at)}${reason}`;
}
