import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeBase64, isValueObject, memberOf, readJson } from "../../src/base/index.ts";

const SEEDS = join(import.meta.dirname, "..", "..", "node_modules", "@sigstore", "tuf", "seeds.json");
const MIRROR = "https://tuf-repo-cdn.sigstore.dev";

/** Sigstore's public-good `trusted_root.json` as npm's @sigstore/tuf ships it; undefined where it is not installed. */
export function readPublicGoodRoot(): Uint8Array | undefined {
  return readSeed("trusted_root.json");
}

/** The target of the public-good repository, as @sigstore/tuf ships it, whose name ends so. */
export function readSeed(suffix: string): Uint8Array | undefined {
  if (!existsSync(SEEDS)) return undefined;
  const targets = memberOf(memberOf(readJson(new Uint8Array(readFileSync(SEEDS))), MIRROR), "targets");
  const [, text] =
    (isValueObject(targets) ? Object.entries(targets) : []).find(([name]) => name.endsWith(suffix)) ?? [];
  return typeof text === "string" ? decodeBase64(text) : undefined;
}
