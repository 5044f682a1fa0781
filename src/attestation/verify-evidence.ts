import { type Decoded, encodeHex, hashHex } from "../base/index.ts";
import type { Certificate } from "./certificate/certificate.ts";
import { verifyCertificateChain } from "./certificate/chain.ts";
import { type CertificateIdentity, describeSigner, matchIdentity } from "./certificate/identity.ts";
import type { ProvenCertificate } from "./certificate-memory.ts";
import {
  countDistinct,
  findRepeated,
  findRepeatedEntry,
  namesOfAuthority,
  namesOfLog,
  type ServiceNames,
} from "./distinct.ts";
import type { CertificateSigner, SignedTime, SignerIdentity, VerificationCheck } from "./evidence.ts";
import { type Refused, refuse, refuseIssues } from "./refusal.ts";
import { findIdentityInForce, type JudgedPeriod, judgePeriod, timeText } from "./signer-period.ts";
import { verifyTimestamp } from "./timestamp/verify-timestamp.ts";
import type { LogEntry } from "./tlog/log-entry.ts";
import { verifyCertificateTimestamps } from "./tlog/sct.ts";
import { type SignedContent, verifyLogEntry } from "./tlog/verify-log-entry.ts";
import type { TrustContext } from "./trust-context.ts";
import { isWithin } from "./trust-root.ts";
import type { ParsedKey } from "./trusted-keys.ts";

/** Things that are read when they are asked for. */
export interface UnreadList<T> {
  readonly count: number;
  read(): Decoded<readonly T[]>;
}

/** A signature that its key verified, with all that stands beside it. */
export interface SignatureEvidence {
  readonly signer:
    | { readonly kind: "key"; readonly key: ParsedKey }
    | {
        readonly kind: "certificate";
        readonly certificate: Certificate;
        /** They may link to an authority, they are never trusted. */
        readonly intermediates: readonly Certificate[];
      };
  readonly signed: SignedContent;
  readonly logEntries: UnreadList<LogEntry>;
  /** What a log entry must carry here. */
  readonly proof: "promise" | "proof" | "either";
  readonly timestamps: UnreadList<Uint8Array>;
  /** The bytes that timestamps are over: the signature, except in cosign's tags of attestations. */
  readonly timestamped: Uint8Array;
}

/** What the evidence proves. */
export interface ProvenEvidence {
  readonly ok: true;
  readonly signer: SignerIdentity;
  /** Proven times, earliest first. */
  readonly times: readonly SignedTime[];
  readonly checks: readonly VerificationCheck[];
  readonly notes: readonly string[];
}

/** What the steps find on their way. */
interface Findings {
  readonly checks: VerificationCheck[];
  readonly notes: string[];
  readonly times: {
    readonly ms: number;
    readonly source: SignedTime["source"];
    readonly by: string;
    readonly names: ServiceNames;
  }[];
}

/**
 * Judges what stands beside a signature: whose certificate, proven times, log entries, the chain at every proven time,
 * certificate timestamps, and the validity of a key. The thresholds count distinct operators, so that nobody vouches twice.
 */
export function verifyEvidence(
  evidence: SignatureEvidence,
  context: TrustContext,
): ProvenEvidence | (Refused & { readonly checks: readonly VerificationCheck[] }) {
  const found: Findings = { checks: [], notes: [], times: [] };
  const named = nameSigner(evidence.signer, context, found);
  if (!named.ok) return { ...named, checks: found.checks };
  const refused =
    verifyTimestamps(evidence, context, found) ??
    verifyLogEntries(evidence, context, found) ??
    countTimes(evidence, context, found) ??
    verifySignersValidity(evidence.signer, named.signer, context, found);
  if (refused !== undefined) return { ...refused, checks: found.checks };
  const dated = dateSigner(evidence.signer, named.signer, context, found);
  if (!dated.ok) return { ...dated, checks: found.checks };
  const times = found.times
    .sort((a, b) => a.ms - b.ms)
    .map(({ ms, source, by }): SignedTime => ({ source, at: timeText(ms), ...(by === "" ? {} : { by }) }));
  return { ok: true, signer: dated.signer, times, checks: found.checks, notes: found.notes };
}

type Named = { readonly ok: true; readonly signer: SignerIdentity };

/** Who signed, and that the caller trusts this identity. Cheap, and most of what others attached ends here. */
function nameSigner(signer: SignatureEvidence["signer"], context: TrustContext, found: Findings): Named | Refused {
  if (signer.kind === "key") return { ok: true, signer: signer.key.signer };
  const expected = `one of ${context.identities.length} trusted identities`;
  const known = context.memory.provenOf(signer.certificate);
  if (known !== undefined) {
    passed(found, "identity", expected, identityText(known.signer));
    return { ok: true, signer: known.signer };
  }
  const identity = describeSigner(signer.certificate);
  if (!identity.ok) return failed(found, "identity", expected, refuseIssues(identity));
  const match = matchIdentity(identity.value, context.identities);
  if (!match.ok) return failed(found, "identity", expected, match);
  const named = toSigner(signer.certificate, identity.value, context.identities[match.matched]?.name);
  passed(found, "identity", expected, identityText(named));
  return { ok: true, signer: named };
}

function identityText({ subject, issuer }: CertificateSigner): string {
  return `${subject} (${issuer ?? "no issuer stated"})`;
}

function toSigner(
  certificate: Certificate,
  identity: CertificateIdentity,
  name: string | undefined,
): CertificateSigner {
  const [subject = ""] = identity.subjects;
  return {
    kind: "certificate",
    name: name ?? subject,
    subject,
    ...(identity.issuer === undefined ? {} : { issuer: identity.issuer }),
    extensions: identity.extensions,
    fingerprint: hashHex("sha256", certificate.der),
  };
}

function verifyTimestamps(evidence: SignatureEvidence, context: TrustContext, found: Findings): Refused | undefined {
  const { timestamps, timestamped, signer } = evidence;
  const { timestampAuthorities } = context.trustRoot;
  const required = context.thresholds[signer.kind].timestamps;
  const vouchers: ServiceNames[] = [];
  let unknown: Refused | undefined;
  const expected = `a signed time by ${required} or more of ${timestampAuthorities.length} trusted authorities`;
  if (!asksForTime(signer, context) || timestampAuthorities.length === 0) {
    if (timestamps.count > 0) found.notes.push(uncheckedNote(timestamps.count, "signed timestamp"));
  } else {
    const read = timestamps.read();
    if (!read.ok) return failed(found, "timestamps", expected, refuseIssues(read));
    const repeated = findRepeated(read.value.map(encodeHex));
    if (repeated !== undefined) {
      const message = `expected every timestamp once, found number ${repeated + 1} again`;
      return failed(found, "timestamps", expected, refuse("TIMESTAMP_INVALID", message));
    }
    for (const timestamp of read.value) {
      const verified = verifyTimestamp(timestamp, timestamped, timestampAuthorities);
      if (!verified.ok && verified.refusal.code !== "TIMESTAMP_UNKNOWN") {
        return failed(found, "timestamps", expected, verified);
      }
      if (!verified.ok) {
        // Another deployment's authority says nothing here, for or against.
        found.notes.push(`a signed timestamp does not count: ${verified.refusal.message}`);
        unknown ??= verified;
        continue;
      }
      const { time: ms, authority, certificate } = verified;
      const names = namesOfAuthority(authority, certificate);
      vouchers.push(names);
      found.times.push({ ms, source: "timestampAuthority", by: authority.uri, names });
    }
  }
  const count = countDistinct(vouchers);
  if (count < required) {
    const message = `expected timestamps by ${required} distinct authorities, found ${count}`;
    return failed(found, "timestamps", expected, unknown ?? refuse("THRESHOLD_UNMET", message));
  }
  if (count > 0) passed(found, "timestamps", expected, `by ${count}`);
  return undefined;
}

function verifyLogEntries(evidence: SignatureEvidence, context: TrustContext, found: Findings): Refused | undefined {
  const { logEntries, signed, proof, signer } = evidence;
  const required = context.thresholds[signer.kind].logs;
  if (required === 0) {
    if (logEntries.count > 0) found.notes.push(uncheckedNote(logEntries.count, "transparency log entry"));
    return undefined;
  }
  const expected = `an entry in ${required} or more of ${context.trustRoot.transparencyLogs.length} trusted logs`;
  const read = logEntries.read();
  if (!read.ok) return failed(found, "logs", expected, refuseIssues(read));
  const repeated = findRepeatedEntry(read.value);
  if (repeated !== undefined) {
    const message = `expected every log entry once, found number ${repeated + 1} again`;
    return failed(found, "logs", expected, refuse("TLOG_ENTRY_INVALID", message));
  }
  const at = found.times[0]?.ms;
  const vouchers: ServiceNames[] = [];
  let unknown: Refused | undefined;
  for (const entry of read.value) {
    const requires = at === undefined ? { proof } : { proof, at };
    const verified = verifyLogEntry(entry, signed, context.trustRoot, requires);
    if (!verified.ok && verified.refusal.code !== "TLOG_UNKNOWN") return failed(found, "logs", expected, verified);
    if (!verified.ok) {
      // Another deployment's log says nothing here, for or against.
      found.notes.push(`a log entry does not count: ${verified.refusal.message}`);
      unknown ??= verified;
      continue;
    }
    const { log, integratedTime: ms } = verified;
    const names = namesOfLog(log);
    vouchers.push(names);
    if (ms !== undefined) found.times.push({ ms, source: "transparencyLog", by: log.baseUrl, names });
  }
  const count = countDistinct(vouchers);
  if (count < required) {
    const message = `expected entries in ${required} distinct transparency logs, found ${count}`;
    return failed(found, "logs", expected, unknown ?? refuse("THRESHOLD_UNMET", message));
  }
  passed(found, "logs", expected, `in ${count}`);
  return undefined;
}

/** Whether enough distinct logs and authorities prove a time. */
function countTimes({ signer }: SignatureEvidence, context: TrustContext, found: Findings): Refused | undefined {
  const required = context.thresholds[signer.kind].times;
  const count = countDistinct(found.times.map(({ names }) => names));
  if (count < required) {
    const message = `expected a time proven by ${required} distinct logs or authorities, found ${count}`;
    const code = count === 0 ? "TIME_UNPROVEN" : "THRESHOLD_UNMET";
    return failed(found, "time", `a time proven by ${required} or more`, refuse(code, message));
  }
  if (required > 0) passed(found, "time", `a time proven by ${required} or more`, `by ${count}`);
  return undefined;
}

/** That the certificate was valid at every time. */
function verifySignersValidity(
  evidence: SignatureEvidence["signer"],
  signer: SignerIdentity,
  context: TrustContext,
  found: Findings,
): Refused | undefined {
  if (evidence.kind === "key" || signer.kind !== "certificate") return undefined;
  const times = found.times.map(({ ms }) => ms);
  if (times.length === 0 && context.now !== undefined) times.push(context.now);
  const expected = `a chain to one of ${context.trustRoot.certificateAuthorities.length} trusted authorities`;
  const verified = verifyChainAt(evidence, times, context);
  if (!verified.ok) return failed(found, "certificate", expected, verified);
  const { chain, authority } = verified;
  passed(found, "certificate", expected, `to ${authority.uri}, valid at ${times.map(timeText).join(" and ")}`);
  const known = context.memory.provenOf(evidence.certificate);
  const listings = known?.listings ?? verifyListing(chain, context, found);
  if (typeof listings !== "number") return listings;
  if (listings > 0) passed(found, "certificateTimestamps", listingText(context), `in ${listings}`);
  if (known === undefined) context.memory.keep(evidence.certificate, { signer, chain, authority, listings });
  return undefined;
}

type Chain = Pick<ProvenCertificate, "chain" | "authority">;

/** The chain, valid at every time. Its signatures do not change from one time to the next, its validity does. */
function verifyChainAt(
  { certificate, intermediates }: SignatureEvidence["signer"] & { readonly kind: "certificate" },
  times: readonly number[],
  { trustRoot, memory }: TrustContext,
): (Chain & { readonly ok: true }) | Refused {
  let proven: Chain | undefined = memory.provenOf(certificate);
  for (const at of times) {
    if (proven !== undefined && isValidAt(proven, at)) continue;
    const verified = verifyCertificateChain(certificate, {
      authorities: trustRoot.certificateAuthorities,
      // What led to an authority before may lead to another one that was trusted then.
      intermediates: proven === undefined ? intermediates : [...intermediates, ...proven.chain.slice(1, -1)],
      at,
      purpose: "codeSigning",
    });
    if (!verified.ok) return verified;
    proven ??= verified;
  }
  if (proven !== undefined && times.length > 0) return { ok: true, chain: proven.chain, authority: proven.authority };
  return refuse("TIME_UNPROVEN", "expected a proven time, without which no certificate can be judged, found none");
}

function isValidAt({ chain, authority }: Chain, at: number): boolean {
  return isWithin(authority.validFor, at) && chain.every((link) => link.notBefore <= at && at <= link.notAfter);
}

/** How many distinct logs of certificates hold the certificate; 0 where nobody asks. */
function verifyListing(chain: readonly Certificate[], context: TrustContext, found: Findings): number | Refused {
  const required = context.thresholds.certificate.certificateTimestamps;
  if (required === 0) return 0;
  const expected = listingText(context);
  const detached = context.detachedCertificateTimestamp;
  const verified = verifyCertificateTimestamps(chain, context.trustRoot.ctLogs, detached && { detached });
  if (!verified.ok) return failed(found, "certificateTimestamps", expected, verified);
  const count = countDistinct(verified.logs.map(namesOfLog));
  if (count >= required) return count;
  const message = `expected the certificate in ${required} distinct logs of certificates, found ${count}`;
  return failed(found, "certificateTimestamps", expected, refuse("THRESHOLD_UNMET", message));
}

function listingText({ thresholds, trustRoot }: TrustContext): string {
  const required = thresholds.certificate.certificateTimestamps;
  return `the certificate in ${required} or more of ${trustRoot.ctLogs.length} trusted logs of certificates`;
}

/** That the key, or the identity, was trusted at every time, where the caller says when it was. */
function dateSigner(
  evidence: SignatureEvidence["signer"],
  signer: SignerIdentity,
  { identities }: TrustContext,
  found: Findings,
): Named | Refused {
  const times = found.times.map(({ ms }) => ms);
  if (evidence.kind === "key") {
    const who = `the key ${evidence.key.signer.name} was in use`;
    return tellPeriod(judgePeriod(evidence.key, times, who, "KEY_EXPIRED"), signer, found);
  }
  if (signer.kind !== "certificate" || identities.every(({ validFor }) => validFor === undefined)) {
    return { ok: true, signer };
  }
  const inForce = findIdentityInForce(evidence.certificate, identities, times);
  return tellPeriod(inForce.judged, { ...signer, name: inForce.identity?.name ?? signer.subject }, found);
}

function tellPeriod(judged: JudgedPeriod | undefined, signer: SignerIdentity, found: Findings): Named | Refused {
  if (judged?.refused !== undefined) return failed(found, "time", judged.expected, judged.refused);
  if (judged !== undefined) passed(found, "time", judged.expected, judged.found);
  return { ok: true, signer };
}

/** Whether timestamps are looked at: a key alone needs no time unless the caller asks for one. */
export function asksForTime(signer: SignatureEvidence["signer"], { thresholds }: TrustContext): boolean {
  if (signer.kind === "certificate" || signer.key.validFor !== undefined) return true;
  return thresholds.key.timestamps > 0 || thresholds.key.times > 0;
}

function uncheckedNote(count: number, what: string): string {
  const plural = what.endsWith("y") ? `${what.slice(0, -1)}ies` : `${what}s`;
  return count === 1 ? `1 ${what} was not checked` : `${count} ${plural} were not checked`;
}

function passed({ checks }: Findings, name: VerificationCheck["name"], expected: string, found: string): void {
  checks.push({ name, passed: true, expected, found });
}

function failed({ checks }: Findings, name: VerificationCheck["name"], expected: string, refused: Refused): Refused {
  checks.push({ name, passed: false, expected, found: refused.refusal.message });
  return refused;
}
