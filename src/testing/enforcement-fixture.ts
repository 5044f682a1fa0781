import { createEnforcement, type Enforcement, type EnforcementOptions, type Store } from "../app/index.ts";
import { encodeIndex, MEDIA_TYPES } from "../artifact/index.ts";
import { encodeUtf8, readJson, type Value } from "../base/index.ts";
import type { AdmissionRequest } from "../report/index.ts";
import { testSigner } from "./fake-signer.ts";
import { createFakeWorld, type FakeWorld } from "./fake-world.ts";
import { policyDocument } from "./policy-builders.ts";

/** An engine over a world and a store in memory, with all that it told. */
export interface EnforcementFixture {
  readonly world: FakeWorld;
  readonly store: Store;
  readonly enforcement: Enforcement;
  readonly bugs: unknown[];
  readonly storeFailures: unknown[];
}

/** Makes an engine; close its store after use. Namespaces are known and have no labels, but `unknown`, which is not. */
export async function createEnforcementFixture(
  options: Partial<EnforcementOptions> & { readonly world?: FakeWorld; readonly store?: Store } = {},
): Promise<EnforcementFixture> {
  const { world = createFakeWorld(), store = await world.openStore(":memory:"), ...more } = options;
  const bugs: unknown[] = [];
  const storeFailures: unknown[] = [];
  const enforcement = createEnforcement(world, store, {
    cluster: "test",
    namespaceOf: (name) =>
      name === "unknown" ? undefined : { apiVersion: "v1", kind: "Namespace", metadata: { name } },
    evidenceTtlMs: 60_000,
    onStoreFailure: (error) => void storeFailures.push(error),
    onBug: (error) => void bugs.push(error),
    ...more,
  });
  return { world, store, enforcement, bugs, storeFailures };
}

/** An attestor that trusts the test key of this name. */
export function testAttestor(name: string): { readonly [key: string]: Value } {
  return { name, cosign: { key: { data: testSigner(name).publicKeyPem }, ctlog: { insecureIgnoreTlog: true } } };
}

/** A policy object for Pods that trusts `builder`; `spec` adds or replaces fields. */
export function policyObject(name: string, spec: { readonly [key: string]: Value } = {}): Value {
  return readJson(encodeUtf8(policyDocument({ attestors: [testAttestor("builder")], ...spec }, { name })));
}

/** An index without platforms under a tag: enough for what is attached to it. */
export async function writeTestImage(
  world: FakeWorld,
  repository: string,
  tag = "v1",
  annotation = "",
): Promise<string> {
  const annotations = annotation === "" ? {} : { annotations: { note: annotation } };
  const index = encodeIndex({ kind: "index", mediaType: MEDIA_TYPES.index, manifests: [], ...annotations });
  const written = await world.storageOf(repository).writeManifest(index, { mediaType: MEDIA_TYPES.index, tag });
  return written.digest;
}

/** The request to create a Pod; `more` adds or replaces members. */
export function podRequest(object: Value, more: Partial<AdmissionRequest> = {}): AdmissionRequest {
  return {
    uid: "uid-1",
    kind: { group: "", version: "v1", kind: "Pod" },
    resource: { group: "", version: "v1", resource: "pods" },
    subresource: "",
    name: "web",
    namespace: "shop",
    operation: "CREATE",
    userInfo: { username: "someone" },
    user: "someone",
    object,
    oldObject: null,
    dryRun: false,
    ...more,
  };
}
