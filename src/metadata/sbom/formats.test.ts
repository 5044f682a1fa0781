import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { type Digest, type Value, writeJson } from "../../base/index.ts";
import { createSbom, describeImage } from "./create-sbom.ts";
import { encodeCycloneDx } from "./cyclonedx/encode.ts";
import { decodeSbom, readSbom, SBOM_FORMS, writeSbom } from "./formats.ts";
import { readAllLicenses } from "./licenses.ts";
import type { Component, Sbom } from "./sbom.ts";

const digest: Digest = `sha256:${"0a".repeat(32)}`;
const text = fc.string({ minLength: 1, maxLength: 12 });
const word = fc.stringMatching(/^[a-z][a-z0-9.-]{0,8}$/);

const licenses = fc
  .array(
    fc.constantFrom(
      "MIT",
      "Apache-2.0 OR MIT",
      "GPL-2.0-or-later WITH Classpath-exception-2.0",
      "our words",
      "LicenseRef-x",
      "a  b",
    ),
    {
      maxLength: 3,
    },
  )
  .map((statements) => readAllLicenses(statements));

const hashes = fc.uniqueArray(
  fc.constantFrom<Component["hashes"][number]>(
    { algorithm: "SHA-1", value: "0b".repeat(20) },
    { algorithm: "SHA-512", value: "0c".repeat(64) },
    { algorithm: "MD5", value: "0d".repeat(16) },
    { algorithm: "BLAKE2b-256", value: "0e".repeat(32) },
    { algorithm: "SHA3-384", value: "0f".repeat(48) },
  ),
  { maxLength: 3 },
);

const component: fc.Arbitrary<Component> = fc
  .record({
    kind: fc.constantFrom("application", "library", "operating-system", "file"),
    name: text,
    version: fc.option(word, { nil: undefined }),
    ecosystem: fc.constantFrom("npm", "deb/debian", undefined),
    licenses,
    hashes,
    supplier: fc.constantFrom(undefined, "Shop", "Zoe <z@shop.example>", "Zoe (night shift)"),
    locations: fc.uniqueArray(fc.stringMatching(/^\/[ -~\n]{1,10}$/), { maxLength: 3 }).map((paths) => paths.sort()),
    source: fc.option(
      fc.tuple(word, word).map(([name, version]) => ({ name, version })),
      { nil: undefined },
    ),
    scope: fc.constantFrom("production", "development", "optional"),
    number: fc.nat(),
  })
  .map(({ ecosystem, version, supplier, source, number, ...rest }) => {
    const purl = ecosystem === undefined ? undefined : `pkg:${ecosystem}/p${number}${version ? `@${version}` : ""}`;
    return {
      ref: purl ?? `ref ${number}`,
      ...rest,
      ...(version === undefined ? {} : { version }),
      ...(purl === undefined ? {} : { purl }),
      ...(supplier === undefined ? {} : { supplier }),
      ...(source === undefined ? {} : { sourcePackage: source }),
    };
  });

/** SBOMs with edges between any of their components. */
const sboms: fc.Arbitrary<Sbom> = fc
  .uniqueArray(component, { maxLength: 6, selector: ({ ref }) => ref })
  .chain((components) =>
    fc.record({
      components: fc.constant(components),
      edges: fc.array(fc.option(fc.subarray(components.map(({ ref }) => ref)), { nil: undefined }), {
        minLength: components.length,
        maxLength: components.length,
      }),
      notLookedAt: fc.array(
        fc.tuple(fc.string(), text).map(([path, reason]) => ({ path: `/${path}`, reason })),
        { maxLength: 2 },
      ),
      authors: fc.array(fc.constantFrom("Zoe", "The shop"), { maxLength: 1 }),
    }),
  )
  .map(({ components, edges, notLookedAt, authors }) => {
    const dependencies = new Map<string, readonly string[]>();
    for (const [index, { ref }] of components.entries()) {
      const targets = edges[index];
      if (targets !== undefined) dependencies.set(ref, targets.filter((target) => target !== ref).sort());
    }
    return createSbom({
      catalog: { components, dependencies, notLookedAt },
      subject: describeImage({ name: "shop", digest, tag: "1.4", architecture: "amd64" }),
      subjectDigest: digest,
      createdAt: "2026-11-22T12:00:00Z",
      serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
      tools: [{ name: "amap", version: "0.1.0" }],
      authors,
    });
  });

/** A component without its ref, in one order of members and hashes. */
function withoutRef(component: Component): readonly (readonly [string, unknown])[] {
  const hashes = [...component.hashes].sort((a, b) => (a.algorithm < b.algorithm ? -1 : 1));
  return Object.entries({ ...component, hashes })
    .filter(([key]) => key !== "ref")
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** All that an SBOM says, without the refs, which belong to the format. */
function meaningOf(sbom: Sbom): unknown {
  const names = new Map([sbom.subject, ...sbom.components].map((one) => [one.ref, JSON.stringify(withoutRef(one))]));
  const nameOf = (ref: string): string => names.get(ref) ?? `unknown ${ref}`;
  const { components, dependencies, subject, ...rest } = sbom;
  return {
    ...rest,
    subject: withoutRef(subject),
    components: components.map(({ ref }) => nameOf(ref)).sort(),
    dependencies: [...dependencies]
      .map(([ref, targets]) => `${nameOf(ref)} → ${targets.map(nameOf).sort().join()}`)
      .sort(),
  };
}

function createSchemaCheck(): (document: Value) => readonly string[] {
  const folder = new URL("../../../node_modules/@cyclonedx/cyclonedx-library/res/schema/", import.meta.url);
  const load = (name: string): object => JSON.parse(readFileSync(new URL(name, folder), "utf8"));
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  // Formats of internationalised addresses are not in ajv-formats; amap writes neither.
  for (const format of ["idn-email", "iri-reference"]) ajv.addFormat(format, true);
  for (const name of ["spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json"]) {
    ajv.addSchema(load(name), `http://cyclonedx.org/schema/${name}`);
  }
  const validate = ajv.compile(load("bom-1.6.SNAPSHOT.schema.json"));
  return (document) => {
    validate(JSON.parse(writeJson(document)));
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}

function decode(bytes: Uint8Array): Sbom {
  const decoded = readSbom(bytes);
  assert.ok(decoded.ok, JSON.stringify(decoded));
  return decoded.value.sbom;
}

describe("every SBOM format", () => {
  // A SWID tag is of one piece of software and its files: what else an SBOM says is a loss, which its own test looks at.
  const versions = SBOM_FORMS.filter(({ format }) => format !== "SWID").flatMap((form) =>
    form.writes.map((version) => ({ ...form, version })),
  );
  for (const { id, format, version } of versions) {
    // Without properties, and without the fields of later versions, less can be said.
    if (version === "1.2" || version === "1.3" || version === "1.4") continue;
    it(`${id} ${version}: decode after encode keeps the meaning`, () => {
      fc.assert(
        fc.property(sboms, (sbom) => {
          const { bytes, losses } = writeSbom(sbom, id, version);
          assert.deepEqual(
            losses.filter(({ outcome }) => outcome !== "kept"),
            [],
          );
          const decoded = readSbom(bytes);
          assert.ok(decoded.ok, JSON.stringify(decoded));
          assert.equal(decoded.value.format, format);
          assert.deepEqual(meaningOf(decoded.value.sbom), meaningOf(sbom));
        }),
        { numRuns: 60 },
      );
    });

    it(`${id} ${version}: encode after decode settles`, () => {
      fc.assert(
        fc.property(sboms, (sbom) => {
          const again = (bytes: Uint8Array) => writeSbom(decode(bytes), id, version).bytes;
          const first = again(writeSbom(sbom, id, version).bytes);
          assert.deepEqual(again(first), first);
        }),
        { numRuns: 30 },
      );
    });
  }

  it("CycloneDX follows the official schema of 1.6", () => {
    const check = createSchemaCheck();

    assert.deepEqual(check({ bomFormat: "CycloneDX", specVersion: "1.6", components: [{}] }).length > 0, true);
    fc.assert(
      fc.property(sboms, (sbom) => assert.deepEqual(check(encodeCycloneDx(sbom)), [])),
      { numRuns: 30 },
    );
  });

  it("has one row", () => {
    assert.equal(new Set(SBOM_FORMS.map(({ id }) => id)).size, SBOM_FORMS.length);
  });
});

describe("decodeSbom", () => {
  const refused: readonly (readonly [name: string, document: Value, code: string])[] = [
    ["XML", '<?xml version="1.0"?><bom/>', "NOT_SUPPORTED"],

    [
      "SPDX 3 of another version",
      { "@context": "https://spdx.org/rdf/3.9.9/spdx-context.jsonld", "@graph": [] },
      "NOT_SUPPORTED",
    ],
    ["SPDX 2.0", { spdxVersion: "SPDX-2.0" }, "NOT_SUPPORTED"],
    ["CycloneDX 1.1", { bomFormat: "CycloneDX", specVersion: "1.1" }, "NOT_SUPPORTED"],
    ["CycloneDX without version", { bomFormat: "CycloneDX" }, "NOT_SUPPORTED"],
    ["another document", { hello: 1 }, "DOCUMENT_INVALID"],
    ["a list", [], "DOCUMENT_INVALID"],
    ["nothing", null, "DOCUMENT_INVALID"],
  ];
  for (const [name, document, code] of refused) {
    it(`refuses ${name}`, () => {
      const decoded = decodeSbom(document);
      assert.ok(!decoded.ok);
      assert.deepEqual(
        decoded.issues.map((issue) => issue.code),
        [code],
      );
    });
  }

  it("never throws on junk", () => {
    const keys = ["components", "dependencies", "metadata", "packages", "relationships", "creationInfo", "annotations"];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), fc.jsonValue()), fc.boolean(), (junk, isSpdx) => {
        const head = isSpdx ? { spdxVersion: "SPDX-2.3" } : { bomFormat: "CycloneDX", specVersion: "1.6" };
        decodeSbom({ ...(junk as Record<string, Value>), ...head });
      }),
    );
  });
});
