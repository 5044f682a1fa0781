/**
 * `npm run bench -- sigstore`: keyless DSSE bundles fully verified by amap and by @sigstore/verify in turn, in processor
 * time of this one process. `new`: no certificate was seen before; `known`: amap remembers the certificates that it has
 * found good, and the bundles come again.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleFromJSON } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import {
  type BundleVerifier,
  createBundleVerifier,
  decodeBundle,
  decodeStatement,
  decodeTrustRoot,
  type SignedArtifact,
} from "../../src/attestation/index.ts";
import { decodeUtf8 } from "../../src/base/index.ts";
import { machineLine, spreadOf } from "../harness.ts";
import { type BundleSet, bundleSets } from "./bundles.ts";
import { timeSignatures } from "./signature-clock.ts";

const ROUNDS = 7;
const ANYONE = { subject: { regexp: ".*", matches: () => true } };

/** One row of the table: milliseconds of processor time for a bundle. */
interface Row {
  readonly name: string;
  readonly bundles: number;
  readonly newMs: number;
  readonly knownMs: number;
  readonly peerMs: number;
  /** Of the time for a new bundle, what Node's own signature checks take, and how many there are. */
  readonly share: number;
  readonly checks: number;
}

/** Measures and prints. */
export async function runBench(root: string): Promise<void> {
  const suites = process.env["AMAP_SUITES"] ?? join(root, "..", "shared", "suites");
  const rows = bundleSets(suites).map(measureSet);
  console.log(machineLine(["@sigstore/verify 4.1.3", "one process, processor time, medians"]));
  console.log(renderRows(rows));
  writeFileSync(join(root, "dist", "bench-sigstore.json"), `${JSON.stringify(rows, null, 2)}\n`);
}

function measureSet({ name, root, bundles }: BundleSet): Row {
  const decoded = decodeTrustRoot(root);
  if (!decoded.ok) throw new Error(`the root cannot be read: ${decoded.issues[0]?.message}`);
  const artifacts = bundles.map(subjectOf);
  const open = (): BundleVerifier => createBundleVerifier({ trustRoot: decoded.value, identities: [ANYONE] });
  const verifyAll = (verifier: BundleVerifier): void => {
    for (const [index, bytes] of bundles.entries()) {
      const bundle = decodeBundle(bytes);
      const result = bundle.ok && verifier.verify(bundle.value, artifacts[index] as SignedArtifact);
      if (result === false || !result.ok) throw new Error(`amap refuses bundle ${index} of ${name}`);
    }
  };
  const material = toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(decodeUtf8(root) ?? "")));
  const verifyAllByPeer = (): void => {
    const peer = new Verifier(material);
    for (const bytes of bundles) peer.verify(toSignedEntity(bundleFromJSON(JSON.parse(decodeUtf8(bytes) ?? ""))));
  };
  const known = open();
  for (let warm = 0; warm < 3; warm++) {
    verifyAll(open());
    verifyAll(known);
    verifyAllByPeer();
  }
  const rounds = Array.from({ length: ROUNDS }, () => {
    const fresh = open();
    return {
      newMs: cpuMs(() => verifyAll(fresh)) / bundles.length,
      knownMs: cpuMs(() => verifyAll(known)) / bundles.length,
      peerMs: cpuMs(verifyAllByPeer) / bundles.length,
    };
  });
  const fresh = open();
  let whole = 0;
  const signatures = timeSignatures(() => {
    const started = performance.now();
    verifyAll(fresh);
    whole = performance.now() - started;
  });
  return {
    name,
    bundles: bundles.length,
    newMs: spreadOf(rounds.map((round) => round.newMs)).median,
    knownMs: spreadOf(rounds.map((round) => round.knownMs)).median,
    peerMs: spreadOf(rounds.map((round) => round.peerMs)).median,
    share: signatures.ms / whole,
    checks: signatures.checks / bundles.length,
  };
}

/** @sigstore/verify does not compare a statement with an artifact; amap is given the statement's own subject. */
function subjectOf(bytes: Uint8Array): SignedArtifact {
  const bundle = decodeBundle(bytes);
  if (!bundle.ok || bundle.value.content.kind !== "envelope") throw new Error("a bundle of the bench is not DSSE");
  const statement = decodeStatement(bundle.value.content.envelope.payload);
  const sha256 = statement.ok ? statement.value.subject[0]?.digest["sha256"] : undefined;
  return { kind: "digests", digests: sha256 === undefined ? [] : [`sha256:${sha256}`] };
}

function cpuMs(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function renderRows(rows: readonly Row[]): string {
  const ratio = (ms: number, peerMs: number): string =>
    `${(peerMs / ms).toFixed(1)}${peerMs / ms >= 10 ? "" : " (aim 10)"}`;
  return [
    "| bundles | amap ms, new | known | @sigstore/verify ms | times faster, new | known | signature checks alone |",
    "|---|---|---|---|---|---|---|",
    ...rows.map(
      (row) =>
        `| ${row.bundles}: ${row.name} | ${row.newMs.toFixed(2)} | ${row.knownMs.toFixed(2)} | ${row.peerMs.toFixed(2)} | ${ratio(row.newMs, row.peerMs)} | ${ratio(row.knownMs, row.peerMs)} | ${(row.share * 100).toFixed(0)} % of new (${row.checks.toFixed(1)} checks) |`,
    ),
  ].join("\n");
}
