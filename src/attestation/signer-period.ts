import { formatTime } from "../base/index.ts";
import type { Certificate } from "./certificate/certificate.ts";
import { describeSigner, matchIdentity } from "./certificate/identity.ts";
import { type Refused, refuse, refuseIssues } from "./refusal.ts";
import { isWithin, type ValidityPeriod } from "./trust-root.ts";
import type { TrustedIdentity, TrustedPeriod } from "./verifier-options.ts";

/** What was asked of the times of a signature, and what was found; `refused` where it is not enough. */
export interface JudgedPeriod {
  readonly expected: string;
  readonly found: string;
  readonly refused?: Refused;
}

/**
 * Judges the proven times (milliseconds) of a signature by the time in which its signer is trusted; `who` is for the
 * message, `code` is the refusal of a time that lies outside. Undefined where no period is stated.
 */
export function judgePeriod(
  { validFor, acceptsUnprovenTime }: TrustedPeriod,
  times: readonly number[],
  who: string,
  code: "KEY_EXPIRED" | "IDENTITY_EXPIRED",
): JudgedPeriod | undefined {
  if (validFor === undefined) return undefined;
  const expected = `a signature while ${who} (${periodText(validFor)})`;
  if (times.length === 0) {
    if (acceptsUnprovenTime === true) return { expected, found: "no proven time, which is not asked for here" };
    const message = `expected ${expected}, found no proven time`;
    return { expected, found: message, refused: refuse("TIME_UNPROVEN", message) };
  }
  const outside = times.find((time) => !isWithin(validFor, time));
  if (outside === undefined) return { expected, found: times.map(timeText).join(" and ") };
  const message = `expected ${expected}, found one of ${timeText(outside)}`;
  return { expected, found: message, refused: refuse(code, message) };
}

/**
 * The identity among those trusted that a certificate has and that was trusted at all proven times, with what was judged;
 * where there is none, `identity` is absent and `judged` has the refusal of the first that the certificate has.
 */
export function findIdentityInForce(
  certificate: Certificate,
  identities: readonly TrustedIdentity[],
  times: readonly number[],
): { readonly identity?: TrustedIdentity; readonly judged: JudgedPeriod | undefined } {
  const described = describeSigner(certificate);
  if (!described.ok) return { judged: refuseIdentity(refuseIssues(described)) };
  let refused: JudgedPeriod | undefined;
  for (let rest = identities; ; ) {
    const match = matchIdentity(described.value, rest);
    if (!match.ok) return { judged: refused ?? refuseIdentity(match) };
    const identity = rest[match.matched] as TrustedIdentity;
    const who = `${identity.name ?? "the identity"} was trusted`;
    const judged = judgePeriod(identity, times, who, "IDENTITY_EXPIRED");
    if (judged?.refused === undefined) return { identity, judged };
    refused ??= judged;
    rest = rest.slice(match.matched + 1);
  }
}

function refuseIdentity(refused: Refused): JudgedPeriod {
  return { expected: "one of the trusted identities", found: refused.refusal.message, refused };
}

/** RFC 3339 of milliseconds that may have a fraction. */
export function timeText(ms: number): string {
  return formatTime(Math.floor(ms));
}

function periodText({ start, end }: ValidityPeriod): string {
  return `${start === undefined ? "" : timeText(start)} to ${end === undefined ? "now" : timeText(end)}`.trimStart();
}
