import {
  decodeUtf8,
  decodeXml,
  encodeUtf8,
  isValueObject,
  readJsonFast,
  readYaml,
  type Value,
  type ValueObject,
  writeJson,
  writeYaml,
  type XmlElement,
} from "../../base/index.ts";
import { readSbom, SBOM_FORMS, type Sbom, type SbomForm, writeSbom } from "../../metadata/index.ts";
import { LONE_SURROGATE } from "./changed-values.ts";

/** A document with a part for everything that readers look at, as a tree that can be changed and written again. */
interface SbomSample {
  readonly name: string;
  readonly tree: Value;
  /** Writes any tree as the form of the sample is written. */
  readonly write: (tree: Value) => string;
}

const TIME = "2026-11-22T12:00:00Z";
const HASHES = [
  { alg: "SHA-1", content: "0a".repeat(20) },
  { alg: "SHA-256", content: "0b".repeat(32) },
];
const LEFT: ValueObject = {
  type: "library",
  "bom-ref": "left",
  group: "org.shop",
  name: "left",
  version: "1.0",
  purl: "pkg:maven/org.shop/left@1.0",
  cpe: "cpe:2.3:a:shop:left:1.0:*:*:*:*:*:*:*",
  supplier: { name: "Shop", url: ["https://shop.example"], contact: [{ name: "Zoe", email: "z@shop.example" }] },
  author: "Zoe",
  publisher: "Shop",
  copyright: "(c) Shop",
  scope: "optional",
  hashes: HASHES,
  licenses: [{ license: { id: "MIT" } }, { license: { name: "Own words", text: { content: "words" } } }],
  externalReferences: [{ type: "vcs", url: "https://shop.example/left", hashes: HASHES, comment: "c" }],
  properties: [{ name: "a", value: "b" }],
  pedigree: { ancestors: [{ type: "library", name: "old" }], notes: "n", patches: [{ type: "backport" }] },
  evidence: { identity: [{ field: "purl", confidence: 0.5 }], occurrences: [{ location: "/a" }] },
  components: [{ type: "file", "bom-ref": "inner", name: "a.txt", hashes: HASHES }],
};

const CYCLONEDX: ValueObject = {
  bomFormat: "CycloneDX",
  specVersion: "1.6",
  serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
  version: 2,
  metadata: {
    timestamp: TIME,
    lifecycles: [{ phase: "build" }],
    tools: { components: [{ type: "application", name: "tool", version: "1" }], services: [{ name: "s" }] },
    authors: [{ name: "Zoe", email: "z@shop.example" }],
    component: { type: "container", "bom-ref": "root", name: "shop", version: "sha256:00" },
    supplier: { name: "Shop" },
    licenses: [{ license: { id: "CC0-1.0" } }],
    properties: [{ name: "amap:notLookedAt", value: "/a: why" }],
  },
  components: [
    LEFT,
    { type: "library", "bom-ref": "right", name: "right", licenses: [{ expression: "(MIT OR Apache-2.0) AND ISC" }] },
    { type: "operating-system", "bom-ref": "os", name: "debian", version: "12" },
  ],
  services: [{ "bom-ref": "service", name: "api", endpoints: ["https://x.example"], data: [{ flow: "inbound" }] }],
  dependencies: [
    { ref: "root", dependsOn: ["left", "right"] },
    { ref: "left", dependsOn: ["right"], provides: ["os"] },
    { ref: "right", dependsOn: ["left"] },
  ],
  compositions: [{ aggregate: "complete", assemblies: ["root"] }],
  vulnerabilities: [
    { id: "CVE-2026-1", ratings: [{ score: 9.8, method: "CVSSv31" }], affects: [{ ref: "left" }], cwes: [79] },
  ],
  annotations: [{ subjects: ["left"], annotator: { individual: { name: "Zoe" } }, timestamp: TIME, text: "t" }],
  formulation: [{ workflows: [{ "bom-ref": "w", uid: "w", taskTypes: ["build"] }] }],
};

const CHECKSUMS = [{ algorithm: "SHA1", checksumValue: "0a".repeat(20) }];
const SPDX: ValueObject = {
  spdxVersion: "SPDX-2.3",
  dataLicense: "CC0-1.0",
  SPDXID: "SPDXRef-DOCUMENT",
  name: "shop",
  documentNamespace: "https://shop.example/1",
  comment: "c",
  creationInfo: { created: TIME, creators: ["Tool: tool-1", "Person: Zoe (z@shop.example)"], comment: "c" },
  externalDocumentRefs: [
    { externalDocumentId: "DocumentRef-x", spdxDocument: "https://x.example", checksum: CHECKSUMS[0] ?? null },
  ],
  documentDescribes: ["SPDXRef-a"],
  packages: [
    {
      SPDXID: "SPDXRef-a",
      name: "a",
      versionInfo: "1",
      supplier: "Organization: Shop",
      originator: "Person: Zoe",
      downloadLocation: "git+https://shop.example/a@1",
      filesAnalyzed: true,
      packageVerificationCode: {
        packageVerificationCodeValue: "0a".repeat(20),
        packageVerificationCodeExcludedFiles: ["./b"],
      },
      checksums: CHECKSUMS,
      licenseDeclared: "MIT OR LicenseRef-1",
      licenseConcluded: "NOASSERTION",
      licenseInfoFromFiles: ["MIT"],
      copyrightText: "(c)\nShop",
      externalRefs: [
        { referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: "pkg:npm/a@1" },
        {
          referenceCategory: "SECURITY",
          referenceType: "cpe23Type",
          referenceLocator: "cpe:2.3:a:s:a:1:*:*:*:*:*:*:*",
        },
      ],
      primaryPackagePurpose: "LIBRARY",
      annotations: [{ annotator: "Person: Zoe", annotationDate: TIME, annotationType: "REVIEW", comment: "c" }],
      hasFiles: ["SPDXRef-f"],
    },
    { SPDXID: "SPDXRef-b", name: "b", downloadLocation: "NOASSERTION", copyrightText: "NONE" },
  ],
  files: [
    {
      SPDXID: "SPDXRef-f",
      fileName: "./a.c",
      fileTypes: ["SOURCE"],
      checksums: CHECKSUMS,
      licenseConcluded: "MIT",
      licenseInfoInFiles: ["MIT"],
      copyrightText: "c",
    },
  ],
  snippets: [
    {
      SPDXID: "SPDXRef-s",
      snippetFromFile: "SPDXRef-f",
      ranges: [
        {
          startPointer: { offset: 1, reference: "SPDXRef-f" },
          endPointer: { offset: 9, reference: "SPDXRef-f" },
        },
      ],
    },
  ],
  hasExtractedLicensingInfos: [{ licenseId: "LicenseRef-1", extractedText: "words", name: "Own" }],
  relationships: [
    { spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-a" },
    { spdxElementId: "SPDXRef-a", relationshipType: "DEPENDS_ON", relatedSpdxElement: "SPDXRef-b" },
    { spdxElementId: "SPDXRef-b", relationshipType: "DEPENDENCY_OF", relatedSpdxElement: "SPDXRef-a" },
    { spdxElementId: "SPDXRef-b", relationshipType: "CONTAINS", relatedSpdxElement: "SPDXRef-a", comment: "c" },
    { spdxElementId: "SPDXRef-a", relationshipType: "CONTAINS", relatedSpdxElement: "SPDXRef-f" },
    { spdxElementId: "SPDXRef-a", relationshipType: "OTHER", relatedSpdxElement: "DocumentRef-x:SPDXRef-y" },
  ],
  annotations: [{ annotator: "Tool: t", annotationDate: TIME, annotationType: "OTHER", comment: "c" }],
};

const SWID = `<SoftwareIdentity xmlns="http://standards.iso.org/iso/19770/-2/2015/schema.xsd" name="shop" tagId="shop-1"
 version="1" versionScheme="semver" tagVersion="2" patch="true" media="x">
<Entity name="Shop" regid="shop.example" role="tagCreator softwareCreator"/><Meta product="shop" edition="e" o="p"/>
<Link rel="requires" href="swid:other"/><Evidence date="2026-11-22T12:00:00Z" deviceId="d"><File name="e"/></Evidence>
<Payload xmlns:h="http://www.w3.org/2001/04/xmlenc#sha256"><Directory root="/usr" name="bin"><File name="shop" size="9"
 h:hash="${"0b".repeat(32)}"/><Directory name="inner"><File name="a"/></Directory></Directory>
<Process name="p" pid="1"/><Resource type="t"/></Payload></SoftwareIdentity>`;

const PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>';

/** Two documents of different makers in every form, and a tag of software. */
export const SBOM_SAMPLES: readonly SbomSample[] = [
  ...[
    { source: "CycloneDX", document: CYCLONEDX },
    { source: "SPDX", document: SPDX },
  ].flatMap(({ source, document }) =>
    SBOM_FORMS.map(({ id }) => toSample(id, readAll(encodeUtf8(writeJson(document))), source)),
  ),
  { name: "swid-xml by hand", tree: toTree(SWID), write: writeXml },
];

function readAll(bytes: Uint8Array): Sbom {
  const decoded = readSbom(bytes, { keepsRemainders: true });
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.issues));
  return decoded.value.sbom;
}

function toSample(id: SbomForm["id"], sbom: Sbom, source: string): SbomSample {
  const { bytes } = writeSbom(sbom, id);
  const text = decodeUtf8(bytes) ?? "";
  const name = `${id} of ${source}`;
  if (id.endsWith("xml")) return { name, tree: toTree(text), write: writeXml };
  if (id === "spdx-tag-value") return { name, tree: text.split("\n"), write: writeLines };
  if (id === "spdx-yaml") return { name, tree: readYaml(bytes)[0] ?? null, write: (tree) => writeYaml(tree) };
  return { name, tree: readJsonFast(bytes), write: writeJsonText };
}

function writeJsonText(tree: Value): string {
  return writeJson(tree).replaceAll(LONE_SURROGATE, "\\ud800");
}

function writeLines(tree: Value): string {
  return Array.isArray(tree)
    ? tree.map((line: Value) => (typeof line === "string" ? line : writeJson(line))).join("\n")
    : writeJson(tree);
}

function toTree(text: string): Value {
  const decoded = decodeXml(text);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.issues));
  return treeOf(decoded.value);
}

function treeOf({ name, namespace, attributes, children, text }: XmlElement): Value {
  return {
    name,
    namespace,
    attributes: Object.fromEntries(attributes),
    children: children.map(treeOf),
    text: text.trim(),
  };
}

/** Any tree as XML, or as near to it as the tree allows. */
function writeXml(tree: Value): string {
  return PROLOGUE + writeElement(tree, "");
}

function writeElement(tree: Value, outer: string): string {
  if (!isValueObject(tree)) return escape(tree);
  const { name = "x", namespace = "", attributes = {}, children = [], text = "" } = tree;
  const tag = typeof name === "string" && name !== "" ? name : "x";
  const space = typeof namespace === "string" ? namespace : "urn:x";
  const stated = isValueObject(attributes) ? Object.entries(attributes) : [];
  const all = [
    ...(space === outer ? [] : [` xmlns="${escape(space)}"`]),
    ...stated.map(([key, value], index) => writeAttribute(key, value, index)),
  ].join("");
  const inner = (Array.isArray(children) ? children : [children]).map((child: Value) => writeElement(child, space));
  return `<${tag}${all}>${escape(text)}${inner.join("")}</${tag}>`;
}

/** Attributes of a namespace are stated as `{namespace}local`. */
function writeAttribute(key: string, value: Value, index: number): string {
  const [, namespace, local] = /^\{(.*)\}(.*)$/.exec(key) ?? [];
  if (namespace === undefined) return ` ${key}="${escape(value)}"`;
  return ` xmlns:n${index}="${escape(namespace)}" n${index}:${local}="${escape(value)}"`;
}

function escape(value: Value): string {
  const text = typeof value === "string" ? value : writeJson(value);
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
