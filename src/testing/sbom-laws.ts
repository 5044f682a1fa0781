import assert from "node:assert/strict";
import fc from "fast-check";
import { type Decoded, encodeUtf8, isAmapError } from "../base/index.ts";
import {
  checkSbom,
  compareSboms,
  type DecodedSbom,
  enrichFromSbom,
  enrichSbom,
  isSame,
  mergeSboms,
  QUALITY_STANDARDS,
  readEnrichRules,
  readSbom,
  SBOM_FORMS,
  type Sbom,
  type SbomForm,
  scoreSbom,
  type WrittenSbom,
  writeSbom,
} from "../metadata/index.ts";
import {
  changeText,
  changeValue,
  encodeAs,
  textChanges,
  textEncodings,
  valueChanges,
} from "./fuzzing/changed-values.ts";
import { SBOM_SAMPLES } from "./fuzzing/sbom-samples.ts";
import { SBOM_SHAPES } from "./fuzzing/sbom-shapes.ts";

/** A law of the readers and writers of SBOMs, for the tests and for `npm run fuzz -- sboms`. */
interface SbomLaw {
  readonly name: string;
  /** Runs in the tests, about half a second. */
  readonly runs: number;
  readonly property: fc.IRawProperty<unknown>;
}

/** What something makes of its input, or undefined for an error that amap means. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (!isAmapError(error) || error.code === "BUG") throw error;
    return undefined;
  }
}

/** Whatever a document says: read or refused, and what was read is sound, can be judged, and can be written. */
function judgeSbom(bytes: Uint8Array): void {
  const decoded = attempt(() => readSbom(bytes, { keepsRemainders: true }));
  const bare = attempt(() => readSbom(bytes));
  assert.equal(bare?.ok, decoded?.ok);
  attempt(() => checkSbom(bytes));
  if (decoded?.ok !== true) {
    for (const { message } of issuesOf(decoded)) assert.ok(message !== "");
    return;
  }
  const { sbom } = decoded.value;
  assert.deepEqual(bare?.ok === true ? identitiesOf(bare.value.sbom) : [], identitiesOf(sbom));
  requireSound(sbom);
  for (const standard of QUALITY_STANDARDS) scoreSbom(decoded.value, standard);
  requireJoinable(sbom);
  for (const form of SBOM_FORMS) requireWritable(sbom, form);
}

function issuesOf(decoded: Decoded<DecodedSbom> | undefined): readonly { readonly message: string }[] {
  return decoded?.ok === false ? decoded.issues : [];
}

/** References lead to components, and nothing is part of itself. */
function requireSound({ subject, components, dependencies }: Sbom): void {
  const all = [subject, ...components];
  const refs = new Map(all.map((component) => [component.ref, component]));
  assert.equal(refs.size, all.length, "a reference occurs twice");
  for (const [ref, targets] of dependencies) {
    assert.ok(refs.has(ref), "a dependency of nothing");
    assert.ok(
      targets.every((target) => refs.has(target) && target !== ref),
      "a dependency on nothing or on itself",
    );
    assert.equal(new Set(targets).size, targets.length, "a dependency twice");
  }
  const settled = new Set<string>();
  for (const { ref } of all) {
    const passed = new Set<string>();
    for (let at: string | undefined = ref; at !== undefined && !settled.has(at); at = refs.get(at)?.partOf) {
      assert.ok(refs.has(at), "a part of nothing");
      assert.ok(!passed.has(at), "a part of itself");
      passed.add(at);
    }
    for (const each of passed) settled.add(each);
  }
}

const RULES = readEnrichRules(
  {
    document: { author: "Zoe", dataLicense: "CC0-1.0" },
    rules: [{ match: { name: "*" }, set: { supplier: "{name} shop", licenses: "MIT", copyright: "(c) {version}" } }],
  },
  "rules.yaml",
);

function requireJoinable(sbom: Sbom): void {
  assert.ok(RULES.ok, JSON.stringify(RULES));
  const { sbom: enriched } = enrichSbom(sbom, RULES.value);
  assert.ok(isSame(compareSboms(sbom, sbom)), "it differs from itself");
  compareSboms(sbom, enriched);
  enrichFromSbom(sbom, enriched, "other");
  for (const order of ["flat", "hierarchical"] as const) {
    const merged = attempt(() =>
      mergeSboms(
        [
          { name: "a", sbom },
          { name: "b", sbom: enriched },
        ],
        {
          subject: { name: "both" },
          order,
          createdAt: "2026-11-22T12:00:00Z",
          serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
          tools: [],
        },
      ),
    );
    if (merged !== undefined) requireSound(merged.sbom);
  }
}

function requireWritable(sbom: Sbom, { id, format }: SbomForm): void {
  const written = attempt(() => writeSbom(sbom, id));
  if (written === undefined) return;
  const again = readOk(written.bytes, id);
  requireSound(again);
  // A tag is of one piece of software: everything else is a loss.
  if (format === "SWID" || isLossy(written)) return;
  assert.deepEqual(identitiesOf(again), identitiesOf(sbom), id);
  const twice = writeSbom(again, id);
  assert.deepEqual(identitiesOf(readOk(twice.bytes, id)), identitiesOf(sbom), `${id}, the second time`);
}

function readOk(bytes: Uint8Array, id: string): Sbom {
  const decoded = readSbom(bytes, { keepsRemainders: true });
  if (!decoded.ok) assert.fail(`${id} was written and is not read: ${JSON.stringify(decoded.issues)}`);
  return decoded.value.sbom;
}

function isLossy({ losses }: WrittenSbom): boolean {
  return losses.some(({ outcome }) => outcome !== "kept");
}

/** What components are, without what belongs to a format. */
function identitiesOf({ subject, components }: Sbom): readonly string[] {
  const identities = components.map(({ name, group, version, purl, licenses, hashes }) =>
    JSON.stringify([name, group, version, purl, licenses, hashes.map(({ value }) => value).sort()]),
  );
  return [JSON.stringify([subject.name, subject.version]), ...identities.sort()];
}

/** Laws of each sample's form, and of documents that are large in one way. */
export const SBOM_LAWS: readonly SbomLaw[] = [
  ...SBOM_SAMPLES.map(({ name, tree, write }) => ({
    name,
    runs: 25,
    property: fc.property(valueChanges, textChanges, textEncodings, (inTree, inText, encoding) =>
      judgeSbom(encodeAs(changeText(write(changeValue(tree, inTree)), inText), encoding)),
    ),
  })),
  {
    name: "a document that is large in one way",
    runs: 25,
    property: fc.property(fc.constantFrom(...SBOM_SHAPES), fc.nat({ max: 1_000 }), ({ build }, size) =>
      judgeSbom(encodeUtf8(build(size))),
    ),
  },
];
