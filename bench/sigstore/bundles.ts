import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readPublicGoodRoot } from "../../conformance/sigstore/public-good-root.ts";
import { createTestKey } from "../../src/testing/sigstore/keys.ts";
import { createLocalSigstore, jsonBytes, WORKFLOW_RUN } from "../../src/testing/sigstore/local-sigstore.ts";

/** Bundles that need one trusted root. */
export interface BundleSet {
  readonly name: string;
  readonly root: Uint8Array;
  readonly bundles: readonly Uint8Array[];
}

const BUNDLES = 60;

/** Keyless DSSE bundles: fresh ones of a local Sigstore, and those of real builders where the suites are. */
export function bundleSets(suites: string): readonly BundleSet[] {
  const own = [
    ownSet("Rekor v1, a small statement", 200, { log: "v1" }),
    ownSet("Rekor v1 and a timestamp, a small statement", 200, { log: "v1", timestamp: true }),
    ownSet("Rekor v2 and a timestamp, a small statement", 200, { log: "v2" }),
    ownSet("Rekor v1, a statement of 1 MB", 1_000_000, { log: "v1" }),
  ];
  const real = realSet(suites);
  return real === undefined ? own : [...own, real];
}

function ownSet(
  name: string,
  predicateBytes: number,
  options: { readonly log: "v1" | "v2"; readonly timestamp?: boolean },
): BundleSet {
  const sigstore = createLocalSigstore();
  const count = predicateBytes > 100_000 ? 10 : BUNDLES;
  const bundles = Array.from({ length: count }, (_, index) => {
    const payload = jsonBytes({
      _type: "https://in-toto.io/Statement/v1",
      subject: [{ name: "shop", digest: { sha256: "ab".repeat(32) } }],
      predicateType: "https://spdx.dev/Document",
      predicate: { index, files: Array.from({ length: predicateBytes / 100 }, (_, file) => fileOf(file)) },
    });
    return sigstore.signBundle({ content: { payload }, identity: WORKFLOW_RUN, key: createTestKey(), ...options })
      .bytes;
  });
  return { name, root: jsonBytes(sigstore.trustedRoot()), bundles };
}

function fileOf(index: number): object {
  return { name: `./node_modules/package-${index}/index.js`, checksum: "0123456789abcdef0123456789abcdef" };
}

/** GitHub's builders, as slsa-verifier keeps them: 20 KB of provenance each. */
function realSet(suites: string): BundleSet | undefined {
  const directory = join(suites, "sigstore", "slsa-verifier");
  const root = readPublicGoodRoot();
  if (!existsSync(directory) || root === undefined) return undefined;
  const paths = globSync(["gha_*/*/*.slsa", "gha_*/v2.1.0/*.intoto.jsonl"], { cwd: directory }).sort();
  const bundles = paths.map((path) => new Uint8Array(readFileSync(join(directory, path))));
  return { name: `${bundles.length} of GitHub's builders (suites/sigstore/slsa-verifier)`, root, bundles };
}
