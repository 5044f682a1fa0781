import { isValueObject, memberOf, type Value, type ValueObject } from "../../../base/index.ts";
import { type Findings, objectsIn, shown, textIn, textsIn } from "./findings.ts";
import {
  checkCpe,
  checkHash,
  checkLicenseExpression,
  checkLicenseId,
  checkPackageUrl,
  checkTime,
} from "./identifier-rules.ts";

const SERIAL_NUMBER = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Holds the JSON form of a CycloneDX document against the rules that its schemas cannot say. */
export function checkCycloneDx(document: ValueObject, findings: Findings): void {
  const refs = new Refs(findings);
  refs.collect(document, "");
  const serialNumber = textIn(document, "serialNumber");
  if (serialNumber === undefined) {
    const fix = "give the document a serialNumber: urn:uuid: and a random UUID";
    findings.warn("serial-number", "serialNumber", "the document has no name of its own", fix);
  } else if (!SERIAL_NUMBER.test(serialNumber)) {
    const message = `expected urn:uuid: and a UUID, found ${shown(serialNumber)}`;
    findings.error("serial-number", "serialNumber", message, "write urn:uuid: and a random UUID");
  }
  const metadata = memberOf(document, "metadata");
  const timestamp = textIn(metadata, "timestamp");
  if (timestamp !== undefined) checkTime(timestamp, "metadata.timestamp", findings);
  const subject = memberOf(metadata, "component");
  if (isValueObject(subject)) checkComponent(subject, "metadata.component", findings);
  checkLicenses(metadata, "metadata", findings);
  checkComponents(document, "", findings);
  for (const [service, path] of objectsIn(document, "services", "")) checkLicenses(service, path, findings);
  checkDependencies(document, refs, findings);
  checkReferences(document, refs);
}

function checkComponents(parent: Value, path: string, findings: Findings): void {
  for (const [component, at] of objectsIn(parent, "components", path)) checkComponent(component, at, findings);
}

function checkComponent(component: ValueObject, path: string, findings: Findings): void {
  const [name, version] = [textIn(component, "name"), textIn(component, "version")];
  if (name !== undefined && name.trim() === "") {
    const what =
      version === undefined || version === ""
        ? "the component has an empty name"
        : "the component has a version and no name";
    findings.error("component-name", `${path}.name`, what, "write the name of the component");
  }
  const purl = textIn(component, "purl");
  if (purl !== undefined) checkPackageUrl(purl, `${path}.purl`, findings);
  const cpe = textIn(component, "cpe");
  if (cpe !== undefined) checkCpe(cpe, `${path}.cpe`, findings);
  checkHashes(component, path, findings);
  checkLicenses(component, path, findings);
  for (const [reference, at] of objectsIn(component, "externalReferences", path)) checkHashes(reference, at, findings);
  checkComponents(component, path, findings);
}

function checkHashes(parent: Value, path: string, findings: Findings): void {
  for (const [hash, at] of objectsIn(parent, "hashes", path)) {
    const [algorithm, content] = [textIn(hash, "alg"), textIn(hash, "content")];
    if (algorithm !== undefined && content !== undefined) checkHash(algorithm, content, `${at}.content`, findings);
  }
}

function checkLicenses(parent: Value | undefined, path: string, findings: Findings): void {
  for (const [choice, at] of objectsIn(parent, "licenses", path)) {
    const expression = textIn(choice, "expression");
    if (expression !== undefined) checkLicenseExpression(expression, `${at}.expression`, findings);
    const id = textIn(memberOf(choice, "license"), "id");
    if (id !== undefined) checkLicenseId(id, `${at}.license.id`, findings);
  }
}

/** The refs that a document gives, and those that it uses. */
class Refs {
  readonly #findings: Findings;
  readonly #places = new Map<string, string>();

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** Every object may have one, wherever it stands; twice the same is an error where something may mean either. */
  collect(value: Value, path: string): void {
    if (Array.isArray(value)) {
      (value as readonly Value[]).forEach((item, index) => this.collect(item, `${path}[${index}]`));
    } else if (isValueObject(value)) {
      const ref = value["bom-ref"];
      if (typeof ref === "string") this.#add(ref, path);
      for (const [key, member] of Object.entries(value)) {
        if (typeof member === "object") this.collect(member, path === "" ? key : `${path}.${key}`);
      }
    }
  }

  #add(ref: string, path: string): void {
    const first = this.#places.get(ref);
    if (first === undefined) {
      this.#places.set(ref, path);
      return;
    }
    const message = `the bom-ref ${shown(ref)} is that of ${first} too`;
    const fix = "give each its own bom-ref, and correct what refers to it";
    if (TARGET.test(first) && TARGET.test(path)) this.#findings.error("unique-refs", `${path}.bom-ref`, message, fix);
    else this.#findings.warn("unique-refs", `${path}.bom-ref`, message, fix);
  }

  /** Whether something has a ref; what stands in another document is taken at its word. */
  has(ref: string): boolean {
    return this.#places.has(ref) || ref.startsWith("urn:cdx:");
  }

  check(ref: string, path: string): void {
    if (this.has(ref)) return;
    const message = `nothing in the document has the bom-ref ${shown(ref)}`;
    this.#findings.warn("refs-found", path, message, "correct the reference, or add what it means");
  }
}

/** What dependencies lead to: components and services. */
const TARGET = /^(?:metadata\.component|components\[\d+\]|services\[\d+\])(?:\.(?:components|services)\[\d+\])*$/;

function checkDependencies(document: ValueObject, refs: Refs, findings: Findings): void {
  const seen = new Set<string>();
  const fix = "correct the reference, or add the component that it means";
  const check = (ref: string, path: string): void => {
    if (refs.has(ref)) return;
    findings.error("dependencies-found", path, `no component or service has the bom-ref ${shown(ref)}`, fix);
  };
  for (const [edge, path] of objectsIn(document, "dependencies", "")) {
    const ref = textIn(edge, "ref");
    if (ref !== undefined) {
      check(ref, `${path}.ref`);
      if (seen.has(ref)) {
        const message = `the dependencies of ${shown(ref)} are stated twice`;
        findings.warn("dependencies-once", `${path}.ref`, message, "join both statements");
      }
      seen.add(ref);
    }
    for (const key of ["dependsOn", "provides"]) {
      for (const [target, at] of textsIn(edge, key, path)) {
        check(target, at);
        if (target === ref) {
          findings.warn("dependencies-cycle", at, `${shown(target)} depends on itself`, "remove this dependency");
        }
      }
    }
  }
}

/** References of other kinds: of compositions, vulnerabilities and annotations. */
function checkReferences(document: ValueObject, refs: Refs): void {
  for (const [composition, path] of objectsIn(document, "compositions", "")) {
    for (const key of ["assemblies", "dependencies", "vulnerabilities"]) {
      for (const [ref, at] of textsIn(composition, key, path)) refs.check(ref, at);
    }
  }
  for (const [vulnerability, path] of objectsIn(document, "vulnerabilities", "")) {
    for (const [affected, at] of objectsIn(vulnerability, "affects", path)) {
      const ref = textIn(affected, "ref");
      if (ref !== undefined) refs.check(ref, `${at}.ref`);
    }
  }
  for (const [annotation, path] of objectsIn(document, "annotations", "")) {
    for (const [ref, at] of textsIn(annotation, "subjects", path)) refs.check(ref, at);
  }
}
