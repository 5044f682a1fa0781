import type { Markup } from "../markup.ts";
import { partiesOf } from "../parties.ts";
import type { Component, Sbom } from "../sbom.ts";
import { HASH_NAMESPACES, NO_REGID, relationOf, SWID_NAMESPACE, UNKNOWN_CREATOR } from "./read-swid.ts";

/** What the model says, as a tag of ISO/IEC 19770-2:2015. */
export function writeTag(sbom: Sbom): Markup {
  const { subject, serialNumber } = sbom;
  const tagId = serialNumber.startsWith("urn:uuid:") ? serialNumber.slice("urn:uuid:".length) : subject.ref;
  const attributes: (readonly [string, string])[] = [
    ["name", subject.name],
    ["tagId", tagId],
    ...(subject.version === undefined ? [] : [["version", subject.version] as const]),
    ...(sbom.version === undefined ? [] : [["tagVersion", String(sbom.version)] as const]),
  ];
  const links = (subject.references ?? []).map((reference) =>
    element("Link", [
      ["rel", relationOf(reference)],
      ["href", reference.url],
    ]),
  );
  const { description } = subject;
  const meta = description === undefined ? [] : [element("Meta", [["description", description]])];
  const files = sbom.components.filter(({ kind }) => kind === "file").map((file) => writeFile(file));
  const payload = files.length === 0 ? [] : [{ ...element("Payload", []), children: files }];
  const children = [...writeEntities(sbom), ...links, ...meta, ...payload];
  return { name: "SoftwareIdentity", namespace: SWID_NAMESPACE, attributes, children, text: "" };
}

function element(name: string, attributes: Markup["attributes"]): Markup {
  return { name, attributes, children: [], text: "" };
}

function writeEntities({ authors, parties = [], subject }: Sbom): readonly Markup[] {
  const urlOf = (name: string): string =>
    parties.find((party) => party.role === "author" && party.name === name)?.urls[0] ?? `http://${NO_REGID}`;
  const names = authors.length === 0 ? [UNKNOWN_CREATOR] : authors;
  const creators = names.map((name) => writeEntity(name, urlOf(name), "tagCreator"));
  const others = partiesOf(subject).flatMap(({ role, name, urls }) => {
    const word = role === "supplier" ? "softwareCreator" : role === "publisher" ? "distributor" : undefined;
    return word === undefined || name === "" ? [] : [writeEntity(name, urls[0] ?? `http://${NO_REGID}`, word)];
  });
  return [...creators, ...others];
}

function writeEntity(name: string, regid: string, role: string): Markup {
  return element("Entity", [
    ["name", name],
    ["regid", regid],
    ["role", role],
  ]);
}

function writeFile({ name, version, hashes, locations: [path] }: Component): Markup {
  const folder = path?.endsWith(`/${name}`) === true ? path.slice(0, -name.length - 1) || "/" : undefined;
  const used = new Set<string>();
  const written = hashes.flatMap(({ algorithm, value }, index) => {
    const namespace = [...HASH_NAMESPACES].find(([, each]) => each === algorithm)?.[0];
    // An attribute can be there once only.
    if (namespace === undefined || used.has(namespace)) return [];
    used.add(namespace);
    return [[`xmlns:h${index + 1}`, namespace] as const, [`h${index + 1}:hash`, value] as const];
  });
  return element("File", [
    ["name", name],
    ...(version === undefined ? [] : [["version", version] as const]),
    ...(folder === undefined ? [] : [["location", folder] as const]),
    ...written,
  ]);
}
