import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readPublicGoodRoot } from "../sigstore/public-good-root.ts";
import type { Json } from "./json-places.ts";

/** A bundle that both verify, with the root that it needs. */
export interface Base {
  readonly name: string;
  readonly bundle: Json;
  readonly root: Uint8Array;
  /** Of a message signature. */
  readonly artifact: Uint8Array;
}

/** Bundles of every form that @sigstore/verify accepts: keyless, of the conformance suite and of GitHub's builders. */
export function readBases(suites: string): readonly Base[] {
  const sigstore = join(suites, "sigstore");
  const publicGood = readPublicGoodRoot();
  if (!existsSync(join(sigstore, "conformance")) || publicGood === undefined) return [];
  return [...conformanceBases(join(sigstore, "conformance"), publicGood), ...builderBases(sigstore, publicGood)];
}

function conformanceBases(directory: string, publicGood: Uint8Array): readonly Base[] {
  const folders = globSync("*/bundle.sigstore.json", { cwd: directory }).sort();
  return folders.flatMap((path) => {
    const name = path.slice(0, path.indexOf("/"));
    const read = (file: string): Uint8Array => new Uint8Array(readFileSync(join(directory, name, file)));
    if (name.endsWith("_fail") || existsSync(join(directory, name, "key.pub"))) return [];
    const bundle = JSON.parse(readFileSync(join(directory, path), "utf8")) as Json;
    const artifact = existsSync(join(directory, name, "artifact"))
      ? read("artifact")
      : new Uint8Array(readFileSync(join(directory, "a.txt")));
    const root = existsSync(join(directory, name, "trusted_root.json")) ? read("trusted_root.json") : publicGood;
    return [{ name, bundle, root, artifact }];
  });
}

/** One bundle of each of the builders' versions that write bundles. */
function builderBases(sigstore: string, root: Uint8Array): readonly Base[] {
  const paths = [
    "slsa-verifier/gha_generic/v2.1.0/binary-linux-amd64-push-v14.2.intoto.jsonl",
    "slsa-verifier/gha_delegator/v2.0.0/binary-linux-amd64-workflow_dispatch.build.slsa",
    "slsa-verifier/gha_maven/v1.10.0/binary-linux-amd64-workflow_dispatch.build.slsa",
  ];
  return paths
    .filter((path) => existsSync(join(sigstore, path)))
    .map((path) => ({
      name: path.split("/").slice(1, 3).join("-"),
      bundle: JSON.parse(readFileSync(join(sigstore, path), "utf8")) as Json,
      root,
      artifact: new Uint8Array(),
    }));
}
