import { writeFileSync } from "node:fs";

/** Writes a CycloneDX document with many npm packages, each with what npm's own tools say of one and three dependencies. */
export function writeLargeSbom(file: string, count: number): void {
  const refOf = (index: number): string => `pkg:npm/package-${index}@${index % 9}.${index % 17}.${index % 5}`;
  const components = Array.from({ length: count }, (_, index) => ({
    type: "library",
    "bom-ref": refOf(index),
    name: `package-${index}`,
    version: `${index % 9}.${index % 17}.${index % 5}`,
    description: `The package with the number ${index}`,
    hashes: [{ alg: "SHA-512", content: index.toString(16).padStart(128, "0") }],
    licenses: [{ license: { id: "MIT" } }],
    purl: refOf(index),
    externalReferences: [
      { type: "website", url: `https://example.org/package-${index}#readme` },
      { type: "vcs", url: `git+https://example.org/package-${index}.git` },
    ],
    properties: [{ name: "cdx:npm:package:path", value: `node_modules/package-${index}` }],
  }));
  const dependencies = components.map((_, index) => ({
    ref: refOf(index),
    // No cycles of one, and no order that a reader could lean on.
    dependsOn: [7_919, 104_729, 1_299_709]
      .map((step) => (index + step) % count)
      .filter((at, place, all) => at !== index && all.indexOf(at) === place)
      .map(refOf)
      .sort(),
  }));
  const document = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: "urn:uuid:00000000-0000-4000-8000-000000000000",
    version: 1,
    metadata: {
      timestamp: "2026-01-01T00:00:00Z",
      component: { type: "application", "bom-ref": "application", name: "application" },
    },
    components,
    dependencies,
  };
  writeFileSync(file, JSON.stringify(document));
}
