import { encodeUtf8, formatTime, type Value, type ValueObject, writeYaml } from "../../base/index.ts";
import type { ValidityPeriod } from "../trust-root.ts";
import { KEY_RING_KIND, KEY_RING_VERSION, type KeyRing, type KeyRingEntry, type KeyRingText } from "./key-ring.ts";

/**
 * A key ring as the YAML of its file: the same ring gives the same bytes, entries stay in their order, and `decodeKeyRing`
 * reads it back.
 *
 * @throws {AmapError} VALUE_INVALID for a time outside the years 0000 to 9999
 * @example
 * ```ts
 * import { encodeKeyRing } from "../index.ts";
 * encodeKeyRing({ keys: [], identities: [] }).length; // 53
 * ```
 */
export function encodeKeyRing(ring: KeyRing): Uint8Array {
  return encodeUtf8(writeYaml(keyRingToValue(ring)));
}

/**
 * As {@link encodeKeyRing}, as a value.
 *
 * @throws {AmapError} VALUE_INVALID for a time outside the years 0000 to 9999
 * @example
 * ```ts
 * import { keyRingToValue } from "../index.ts";
 * keyRingToValue({ keys: [], identities: [] })["kind"]; // "KeyRing"
 * ```
 */
export function keyRingToValue({ keys, identities }: KeyRing): ValueObject {
  return {
    apiVersion: KEY_RING_VERSION,
    kind: KEY_RING_KIND,
    keys: keys.map((key) => ({ ...termsOf(key), keyId: key.keyId, publicKey: key.publicKeyPem })),
    ...(identities.length === 0
      ? {}
      : {
          identities: identities.map((identity) => ({
            ...termsOf(identity),
            ...toEither("subject", identity.subject),
            ...toEither("issuer", identity.issuer),
            ...(identity.extensions === undefined ? {} : { extensions: extensionsOf(identity.extensions) }),
          })),
        }),
  };
}

function termsOf({ name, validFor, retired, usage }: KeyRingEntry): ValueObject {
  return {
    name,
    ...(validFor === undefined || isOpen(validFor) ? {} : { validFor: periodToValue(validFor) }),
    ...(retired === undefined
      ? {}
      : {
          retired: {
            at: formatTime(retired.at),
            ...(retired.reason === undefined ? {} : { reason: retired.reason }),
            ...(retired.compromised ? { compromised: true } : {}),
          },
        }),
    ...(usage === undefined
      ? {}
      : {
          usage: {
            ...(usage.signatures ? { signatures: true } : {}),
            ...(usage.predicateTypes.length === 0 ? {} : { predicateTypes: usage.predicateTypes }),
          },
        }),
  };
}

function isOpen({ start, end }: ValidityPeriod): boolean {
  return start === undefined && end === undefined;
}

function periodToValue({ start, end }: ValidityPeriod): Value {
  return {
    ...(start === undefined ? {} : { start: formatTime(start) }),
    ...(end === undefined ? {} : { end: formatTime(end) }),
  };
}

function toEither(name: string, text: KeyRingText): ValueObject {
  return "exact" in text ? { [name]: text.exact } : { [`${name}RegExp`]: text.regexp };
}

function extensionsOf(extensions: Readonly<Record<string, KeyRingText>>): Value {
  return Object.fromEntries(
    Object.entries(extensions).map(([name, text]) => [
      name,
      "exact" in text ? { exact: text.exact } : { regExp: text.regexp },
    ]),
  );
}
