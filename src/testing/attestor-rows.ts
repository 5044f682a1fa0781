import assert from "node:assert/strict";
import { test } from "node:test";
import { type ImageSource, openImage, parseImageTarget, type World } from "../app/index.ts";
import { type Digest, memberOf, textOf, type Value } from "../base/index.ts";
import type { Fact, FactRequest } from "../policy/index.ts";
import { type AttestorSite, openAttestorSite } from "./attestor-site.ts";
import type { LocalSigstore } from "./sigstore/local-sigstore.ts";

type Members = { readonly [name: string]: Value };
type SecretName = { readonly namespace: string; readonly name: string };

/** What makes a loader of `imageAttestor` facts. */
export type OpenAttestorLoader = (
  world: World,
  options: {
    readonly sources: readonly ImageSource[];
    readonly resolve: (name: string) => Promise<Digest>;
    readonly readSecret: (name: SecretName) => Promise<Value>;
  },
) => (requests: readonly FactRequest[]) => Promise<ReadonlyMap<string, Fact>>;

/** What stands beside an image, who is asked, and what is said. */
export type AttestorRow = readonly [
  name: string,
  attestor: Members,
  make: (site: AttestorSite) => Promise<unknown>,
  expected: RegExp,
  /** What else the fact asks. */
  params?: Members,
];

/** Asks about the site's image; what is not said is as a policy leaves it. */
export async function askAttestor(
  open: OpenAttestorLoader,
  site: AttestorSite,
  params: Members,
  readSecret: (name: SecretName) => Promise<Value> = async () => null,
): Promise<Fact> {
  const load = open(site.world, {
    sources: [],
    resolve: async (name) => (await openImage(site.world, parseImageTarget(name))).descriptor.digest,
    readSecret,
  });
  const fact = (await load([attestorRequest(site, params)])).get("asked");
  assert.ok(fact);
  return fact;
}

/** The request of a fact about the site's image. */
export function attestorRequest(site: AttestorSite, params: Members, key = "asked"): FactRequest {
  const usual = {
    image: site.name,
    type: "Cosign",
    repository: "",
    annotations: {},
    attestation: "",
    credentials: {},
    cosignOCI11: false,
    namespace: "",
  };
  return { key, kind: "imageAttestor", params: { ...usual, ...params } };
}

/** `verified`, or why not; a failed fact by its code and message. */
export function saidOf(fact: Fact): string {
  if (!fact.ok) return `${fact.code}: ${fact.message}`;
  return memberOf(fact.value, "verified") === true ? "verified" : textOf(fact.value, "message");
}

export const VERIFIED = /^verified$/;

/** A test for each row, with an image of its own. */
export function testAttestors(open: OpenAttestorLoader, sigstore: LocalSigstore, rows: readonly AttestorRow[]): void {
  for (const [name, attestor, make, expected, params] of rows) {
    void test(name, async () => {
      const site = await openAttestorSite(sigstore);
      await make(site);
      assert.match(saidOf(await askAttestor(open, site, { attestor, ...params })), expected);
    });
  }
}
