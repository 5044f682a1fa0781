import assert from "node:assert/strict";
import { test } from "node:test";
import { listOf, memberOf, type Value } from "../../base/index.ts";
import type { Fact, FactRequest } from "../../policy/index.ts";
import { createImageFacts } from "./image-mocks.ts";

const SBOM = { type: "sbom/cyclone-dx", payload: { bomFormat: "CycloneDX" } };
const PROVENANCE = { type: "slsa", payload: { predicate: { builder: "b" }, predicateType: "slsa" } };
const GIVEN = new Map<string, Value>([
  [
    "a:1",
    {
      image: "a:1",
      digest: "sha256:a",
      config: { user: "app" },
      attestors: [{ name: "n", attestations: [SBOM, PROVENANCE] }],
    },
  ],
  ["b:1", { image: "b:1", attestors: [] }],
  ["c:1", { image: "c:1", digest: "sha256:c" }],
]);

const asks = (kind: "imageData" | "imageEvidence", image: string, ...attestors: readonly Value[]): FactRequest => ({
  key: JSON.stringify([kind, image, attestors]),
  kind,
  params: { image, ...(kind === "imageData" ? {} : { attestors }) },
});
const KEYED = { name: "n", key: { pem: "PEM", hashAlgorithm: "sha256" } };
const NOTARY = { name: "n", unanswered: "amap does not verify Notary signatures yet" };
const FROM_REGISTRY: Fact = { ok: true, value: "from the registry" };

async function answer(request: FactRequest, hasRegistries = false): Promise<Fact | undefined> {
  const asked: string[] = [];
  const registries = async (requests: readonly FactRequest[]): Promise<ReadonlyMap<string, Fact>> => {
    asked.push(...requests.map(({ key }) => key));
    return new Map(requests.map(({ key }) => [key, FROM_REGISTRY]));
  };
  return (await createImageFacts(GIVEN, hasRegistries ? registries : undefined)([request])).get(request.key);
}

const valueOf = (fact: Fact | undefined): Value => (fact?.ok === true ? fact.value : assert.fail(JSON.stringify(fact)));

test("what is given of an image is its data", async () => {
  const value = valueOf(await answer(asks("imageData", "a:1"), true));
  assert.equal(memberOf(memberOf(value, "config"), "user"), "app");
});

for (const [name, attestor] of Object.entries({ "a key": KEYED, "an attestor that amap cannot ask": NOTARY })) {
  test(`${name} vouches for an image where it is given, whether or not registries are asked`, async () => {
    for (const hasRegistries of [false, true]) {
      const value = valueOf(await answer(asks("imageEvidence", "a:1", attestor), hasRegistries));
      assert.equal(listOf(value, "signatures").length, 1);
      assert.equal(memberOf(value, "isGiven"), true);
      const [sbom, provenance] = listOf(value, "attestations");
      assert.deepEqual(memberOf(sbom, "payload"), SBOM.payload);
      assert.deepEqual(memberOf(sbom, "predicate"), SBOM.payload);
      assert.deepEqual(memberOf(provenance, "predicate"), { builder: "b" });
    }
  });

  test(`${name} vouches for nothing where another one is given, or none`, async () => {
    for (const request of [
      asks("imageEvidence", "a:1", { ...attestor, name: "m" }),
      asks("imageEvidence", "b:1", attestor),
    ]) {
      const value = valueOf(await answer(request));
      assert.deepEqual(listOf(value, "signatures"), []);
      assert.deepEqual(listOf(value, "attestations"), []);
    }
  });
}

const refused: readonly (readonly [string, FactRequest, boolean, RegExp])[] = [
  [
    "a key, without registries",
    asks("imageEvidence", "c:1", KEYED),
    false,
    /image c:1 .*registries are not asked; .*context file/,
  ],
  ["an image that nobody knows, without registries", asks("imageEvidence", "d:1", KEYED), false, /image d:1/],
  [
    "an attestor that amap cannot ask, with registries",
    asks("imageEvidence", "c:1", NOTARY),
    true,
    /attestor n: .*Notary.*context file/,
  ],
  ["one of several that amap cannot ask", asks("imageEvidence", "d:1", KEYED, NOTARY), true, /attestor n: .*Notary/],
  ["the data of an image that nobody knows", asks("imageData", "d:1"), false, /cannot be answered here/],
];

for (const [name, request, hasRegistries, message] of refused) {
  test(`not answered, which is an error: ${name}`, async () => {
    const fact = await answer(request, hasRegistries);
    assert.equal(fact?.ok, false);
    assert.equal(fact.code, "NOT_SUPPORTED");
    assert.match(fact.message, message);
  });
}

test("registries answer for what is not given", async () => {
  assert.equal(valueOf(await answer(asks("imageEvidence", "c:1", KEYED), true)), "from the registry");
  assert.equal(valueOf(await answer(asks("imageData", "d:1"), true)), "from the registry");
});

test("names that objects know are no images", async () => {
  for (const image of ["constructor", "__proto__"]) assert.equal((await answer(asks("imageData", image)))?.ok, false);
});
