import { UNNAMED_SUBJECT } from "../names.ts";
import type { Component } from "../sbom.ts";

/** The ref of a subject that stands for the document itself: its id without the prefix, in SPDX 2. */
export const DOCUMENT_REF = "DOCUMENT";

/** Whether a document is about itself: it describes several packages, or does not say what it describes. */
export function isDocument({ ref, name }: Component): boolean {
  return ref === DOCUMENT_REF || (ref === UNNAMED_SUBJECT && name === "");
}

/** A package inside another one is a part of it; that the subject contains it is true of all. */
export function withContainer(
  component: Component,
  subject: Component,
  packages: ReadonlyMap<string, Component>,
  { containers }: { readonly containers: ReadonlyMap<string, string> },
): Component {
  const container = containers.get(component.ref);
  const isPart = container !== undefined && container !== subject.ref && container !== component.ref;
  return isPart && packages.has(container) ? { ...component, partOf: container } : component;
}
