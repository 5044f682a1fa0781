/** A document of which one part is as large as is asked for, in a shape that careless readers take long for. */
interface SbomShape {
  readonly name: string;
  readonly build: (size: number) => string;
}

function times<T>(size: number, make: (index: number) => T): readonly T[] {
  return Array.from({ length: size }, (_, index) => make(index));
}

/** Of CycloneDX as JSON. */
function cycloneDx(members: (size: number) => object): SbomShape["build"] {
  return (size) => JSON.stringify({ bomFormat: "CycloneDX", specVersion: "1.6", version: 1, ...members(size) });
}

/** Of one component of CycloneDX. */
function component(members: (size: number) => object): SbomShape["build"] {
  return cycloneDx((size) => ({
    components: [{ type: "library", "bom-ref": "a", name: "a", version: "1", ...members(size) }],
  }));
}

function components(size: number, ref: (index: number) => string = (index) => `c${index}`): readonly object[] {
  return times(size, (index) => ({
    type: "library",
    "bom-ref": ref(index),
    name: `n${index}`,
    version: "1",
    purl: `pkg:npm/n${index}@1`,
  }));
}

/** Components in components, as deep as a document may be, and the rest beside them. */
function nested(size: number): object {
  let inner: object[] = [];
  for (let index = 0; index < Math.min(size, 200); index++) {
    inner = [{ type: "library", "bom-ref": `d${index}`, name: "n", components: inner }];
  }
  return { components: [...inner, ...components(size)] };
}

const DOCUMENT = {
  spdxVersion: "SPDX-2.3",
  dataLicense: "CC0-1.0",
  SPDXID: "SPDXRef-DOCUMENT",
  name: "shop",
  documentNamespace: "https://shop.example/1",
  creationInfo: { created: "2026-11-22T12:00:00Z", creators: ["Tool: t"] },
};

function spdx(members: (size: number) => object): SbomShape["build"] {
  return (size) => JSON.stringify({ ...DOCUMENT, ...members(size) });
}

function packages(size: number, id: (index: number) => string = (index) => `SPDXRef-${index}`): readonly object[] {
  return times(size, (index) => ({ SPDXID: id(index), name: `n${index}`, downloadLocation: "NOASSERTION" }));
}

/** Each package related to the next one; the last to the first where they go in a circle. */
function related(relationshipType: string, isCircle = false): SbomShape["build"] {
  return spdx((size) => ({
    packages: packages(size),
    relationships: times(isCircle ? size : size - 1, (index) => ({
      spdxElementId: `SPDXRef-${index}`,
      relationshipType,
      relatedSpdxElement: `SPDXRef-${(index + 1) % size}`,
    })),
  }));
}

const LINES = [
  "SPDXVersion: SPDX-2.3",
  "DataLicense: CC0-1.0",
  "SPDXID: SPDXRef-DOCUMENT",
  "DocumentName: shop",
  "DocumentNamespace: https://shop.example/1",
  "Creator: Tool: t",
  "Created: 2026-11-22T12:00:00Z",
];

function tagValue(lines: (size: number) => readonly string[]): SbomShape["build"] {
  return (size) => [...LINES, ...lines(size)].join("\n");
}

function spdx3(elements: (size: number) => readonly object[]): SbomShape["build"] {
  return (size) =>
    JSON.stringify({
      "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
      "@graph": [
        {
          type: "CreationInfo",
          "@id": "_:c",
          specVersion: "3.0.1",
          created: "2026-11-22T12:00:00Z",
          createdBy: ["x:p"],
        },
        { type: "Person", spdxId: "x:p", name: "Zoe", creationInfo: "_:c" },
        { type: "SpdxDocument", spdxId: "x:d", creationInfo: "_:c", rootElement: ["x:s"] },
        { type: "software_Sbom", spdxId: "x:s", creationInfo: "_:c", rootElement: ["x:0"] },
        ...elements(size),
      ],
    });
}

function elements(size: number, id: (index: number) => string = (index) => `x:${index}`): readonly object[] {
  return times(size, (index) => ({
    type: "software_Package",
    spdxId: id(index),
    name: `n${index}`,
    creationInfo: "_:c",
  }));
}

function chain(size: number, relationshipType: string): readonly object[] {
  const edges = times(size, (index) => ({
    type: "Relationship",
    spdxId: `x:r${index}`,
    creationInfo: "_:c",
    from: `x:${index}`,
    relationshipType,
    to: [`x:${(index + 1) % size}`],
  }));
  return [...elements(size), ...edges];
}

function xml(inner: (size: number) => string): SbomShape["build"] {
  return (size) => `<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1">${inner(size)}</bom>`;
}

const OR = " OR MIT";

const ROWS: readonly (readonly [name: string, build: SbomShape["build"]])[] = [
  ["CycloneDX: components", cycloneDx((size) => ({ components: components(size) }))],
  ["CycloneDX: components of one reference", cycloneDx((size) => ({ components: components(size, () => "a") }))],
  ["CycloneDX: nested components", cycloneDx(nested)],
  [
    "CycloneDX: a chain of dependencies",
    cycloneDx((size) => ({
      components: components(size),
      dependencies: times(size, (index) => ({ ref: `c${index}`, dependsOn: [`c${(index + 1) % size}`] })),
    })),
  ],
  [
    "CycloneDX: one that needs all",
    cycloneDx((size) => ({
      components: components(size),
      dependencies: times(4, () => ({ ref: "c0", dependsOn: times(size, (index) => `c${index}`) })),
    })),
  ],
  [
    "CycloneDX: licences",
    component((size) => ({ licenses: times(size, (index) => ({ license: { name: `l${index}` } })) })),
  ],
  ["CycloneDX: a licence expression", component((size) => ({ licenses: [{ expression: `MIT${OR.repeat(size)}` }] }))],
  [
    "CycloneDX: parentheses of a licence",
    component((size) => ({ licenses: [{ expression: `${"(".repeat(size)}MIT${")".repeat(size)}` }] })),
  ],
  ["CycloneDX: properties", component((size) => ({ properties: times(size, () => ({ name: "a", value: "b" })) }))],
  [
    "CycloneDX: references",
    component((size) => ({ externalReferences: times(size, (index) => ({ type: "vcs", url: `https://x/${index}` })) })),
  ],
  [
    "CycloneDX: hashes",
    component((size) => ({ hashes: times(size, () => ({ alg: "MD5", content: "0d".repeat(16) })) })),
  ],
  ["CycloneDX: a long name", component((size) => ({ name: "a/%@".repeat(size), group: ".".repeat(size) }))],
  [
    "CycloneDX: a long package URL",
    component((size) => ({ purl: `pkg:npm/${"%2F@".repeat(size)}`, cpe: `cpe:2.3:a:${"\\:".repeat(size)}` })),
  ],
  [
    "CycloneDX: members of somebody else",
    component((size) => Object.fromEntries(times(size, (index) => [`x${index}`, index]))),
  ],
  [
    "CycloneDX XML: components",
    xml((size) => `<components>${'<component type="library"><name>n</name></component>'.repeat(size)}</components>`),
  ],
  ["CycloneDX XML: elements of somebody else", xml((size) => '<a xmlns="urn:a" b="c"/>'.repeat(size))],
  [
    "CycloneDX XML: pieces of text",
    xml(
      (size) =>
        `<components><component type="library"><name>${"a<![CDATA[b]]>&amp;".repeat(size)}</name></component></components>`,
    ),
  ],
  ["SPDX: packages", spdx((size) => ({ packages: packages(size) }))],
  ["SPDX: packages of one id", spdx((size) => ({ packages: packages(size, () => "SPDXRef-a") }))],
  ["SPDX: parts in parts", related("CONTAINS")],
  ["SPDX: parts in a circle", related("CONTAINS", true)],
  ["SPDX: a chain of dependencies", related("DEPENDS_ON")],
  [
    "SPDX: files of a package",
    spdx((size) => ({
      packages: [{ SPDXID: "SPDXRef-a", name: "a", hasFiles: times(size, (index) => `SPDXRef-f${index}`) }],
      files: times(size, (index) => ({
        SPDXID: `SPDXRef-f${index}`,
        fileName: `./${index}`,
        licenseConcluded: "LicenseRef-1",
      })),
    })),
  ],
  [
    "SPDX: licences of its own",
    spdx((size) => ({
      packages: [
        {
          SPDXID: "SPDXRef-a",
          name: "a",
          licenseDeclared: times(size, (index) => `LicenseRef-${index}`).join(" AND "),
        },
      ],
      hasExtractedLicensingInfos: times(size, (index) => ({
        licenseId: `LicenseRef-${index}`,
        extractedText: `words ${index}`,
      })),
    })),
  ],
  [
    "SPDX: annotations",
    spdx((size) => ({
      packages: packages(1),
      annotations: times(size, (index) => ({
        annotator: "Tool: t",
        annotationType: "OTHER",
        comment: `amap:${index}`,
      })),
    })),
  ],
  [
    "SPDX tag-value: packages",
    tagValue((size) => times(size, (index) => `PackageName: n${index}\nSPDXID: SPDXRef-${index}`)),
  ],
  [
    "SPDX tag-value: texts without an end",
    tagValue((size) => ["PackageName: a", ...times(size, () => "PackageComment: <text>a")]),
  ],
  [
    "SPDX tag-value: a text of many lines",
    tagValue((size) => ["PackageName: a", `PackageComment: <text>${"a\n".repeat(size)}</text>`]),
  ],
  ["SPDX tag-value: broken lines", tagValue((size) => times(size, () => "a line of its own"))],
  [
    "SPDX YAML: packages",
    (size) =>
      `${Object.entries(DOCUMENT)
        .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
        .join("")}packages:\n${times(size, (index) => `- { SPDXID: SPDXRef-${index}, name: n${index} }\n`).join("")}`,
  ],
  ["SPDX 3: packages", spdx3(elements)],
  ["SPDX 3: packages of one id", spdx3((size) => elements(size, () => "x:0"))],
  ["SPDX 3: parts in a circle", spdx3((size) => chain(size, "contains"))],
  ["SPDX 3: dependencies in a circle", spdx3((size) => chain(size, "dependsOn"))],
  [
    "SWID: files",
    (size) =>
      `<SoftwareIdentity xmlns="http://standards.iso.org/iso/19770/-2/2015/schema.xsd" name="a" tagId="b"><Payload>${times(size, (index) => `<File name="${index}"/>`).join("")}</Payload></SoftwareIdentity>`,
  ],
];

/** Shapes of every form, `size` times of what they are made of. */
export const SBOM_SHAPES: readonly SbomShape[] = ROWS.map(([name, build]) => ({ name, build }));
