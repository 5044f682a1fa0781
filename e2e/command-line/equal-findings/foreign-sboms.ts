/** One SBOM written as other programs write theirs: what syft and Trivy call things, and where they put source packages. */
import type { Component, Sbom } from "../../../src/metadata/index.ts";

/** A manner of writing: the whole document as a value for JSON. */
export type Manner = (sbom: Sbom) => object;

const bare = (purl: string): string => purl.replace(/[?#].*$/, "");
const isDistributed = ({ purl = "" }: Component): boolean => /^pkg:(?:apk|deb|rpm)\//.test(purl);

/** Packages, and projects that have no package URL; the system is written apart. */
function packagesOf({ components }: Sbom): readonly Component[] {
  return components.filter(({ kind }) => kind !== "file" && kind !== "operating-system");
}

function systemOf({ components }: Sbom): Component | undefined {
  return components.find(({ kind }) => kind === "operating-system");
}

function document(sbom: Sbom, components: readonly object[], refOf: (ref: string) => string): object {
  const known = new Set([sbom.subject.ref, ...packagesOf(sbom).map(({ ref }) => ref)]);
  const dependencies = [...sbom.dependencies].flatMap(([from, targets]) =>
    known.has(from) ? [{ ref: refOf(from), dependsOn: targets.filter((to) => known.has(to)).map(refOf) }] : [],
  );
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: "urn:uuid:00000000-0000-4000-8000-000000000000",
    version: 1,
    metadata: {
      timestamp: "2026-01-01T00:00:00Z",
      component: { type: "container", "bom-ref": refOf(sbom.subject.ref), name: "image" },
    },
    components,
    dependencies,
  };
}

/** syft's: the source package and the system's release are qualifiers of the package URL. */
export const asSyft: Manner = (sbom) => {
  const system = systemOf(sbom);
  const purlOf = (component: Component): string => {
    const { purl = "", sourcePackage: source, name } = component;
    if (!isDistributed(component)) return purl;
    const upstream =
      source === undefined || source.name === name ? [] : [`upstream=${encodeURIComponent(source.name)}`];
    const stated = (/\?([^#]*)/.exec(purl)?.[1] ?? "").split("&").filter((text) => !/^(?:upstream=|$)/.test(text));
    return `${bare(purl)}?${[...stated, ...upstream].join("&")}`;
  };
  const refOf = (ref: string): string => `${ref}&package-id=1`;
  const components = packagesOf(sbom).map((component) => ({
    "bom-ref": refOf(component.ref),
    type: "library",
    name: component.name,
    version: component.version,
    purl: purlOf(component),
    properties: [
      { name: "syft:package:foundBy", value: "made-up-cataloger" },
      { name: "syft:package:type", value: /^pkg:([a-z]+)/.exec(component.purl ?? "")?.[1] ?? "" },
      ...component.locations.map((value, index) => ({ name: `syft:location:${index}:path`, value })),
      ...(isDistributed(component) && component.sourcePackage?.name === component.name
        ? [{ name: "syft:metadata:originPackage", value: component.name }]
        : []),
    ],
  }));
  const os = system && {
    "bom-ref": "os:system",
    type: "operating-system",
    name: system.name,
    version: system.version,
    properties: [{ name: "syft:distro:id", value: system.name }],
  };
  return document(sbom, [...components, ...(os === undefined ? [] : [os])], refOf);
};

/** Trivy's: the source package is in properties, and references are numbers that say nothing. */
export const asTrivy: Manner = (sbom) => {
  const numbers = new Map([sbom.subject, ...sbom.components].map(({ ref }, index) => [ref, index]));
  const refOf = (ref: string): string => `00000000-0000-4000-8000-${String(numbers.get(ref) ?? 0).padStart(12, "0")}`;
  const property = (name: string, value: string | undefined): readonly object[] =>
    value === undefined ? [] : [{ name: `aquasecurity:trivy:${name}`, value }];
  const components = packagesOf(sbom).map((component) => ({
    "bom-ref": refOf(component.ref),
    type: "library",
    name: component.name,
    version: component.version,
    purl: component.purl,
    properties: [
      ...property("PkgType", /^pkg:([a-z]+)/.exec(component.purl ?? "")?.[1]),
      ...property("SrcName", component.sourcePackage?.name),
      ...property("SrcVersion", component.sourcePackage?.version),
    ],
  }));
  const system = systemOf(sbom);
  const os = system && {
    "bom-ref": refOf(system.ref),
    type: "operating-system",
    name: system.name,
    version: system.version,
    properties: property("Class", "os-pkgs"),
  };
  return document(sbom, [...components, ...(os === undefined ? [] : [os])], refOf);
};
