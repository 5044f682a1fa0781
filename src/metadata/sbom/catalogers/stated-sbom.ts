import type { Component, Sbom } from "../sbom.ts";
import { absolute, type ResultBuilder } from "./cataloger.ts";

/**
 * Adds what an SBOM that lies in the artifact states of it: its components and what they need, found at the SBOM's place.
 * @throws {AmapError} LIMIT_EXCEEDED above LIMITS.dependencies
 */
export function addStatedSbom(path: string, { subject, components, dependencies }: Sbom, builder: ResultBuilder): void {
  const location = absolute(path);
  const stated = subject.purl === undefined ? components : [subject, ...components];
  // References of a document hold within it; a package URL holds everywhere.
  const refs = new Map(stated.map((component) => [component.ref, component.purl ?? `${location}#${component.ref}`]));
  const known = new Map<string, Component>();
  for (const component of stated) {
    const ref = refs.get(component.ref) ?? component.ref;
    // Two documents may each call the other's package a part of its own: what is a part of what is not taken.
    const { partOf: _, ...rest } = component;
    if (!known.has(ref)) known.set(ref, { ...rest, ref, locations: [location] });
  }
  for (const component of known.values()) builder.components.push(component);
  for (const [from, targets] of dependencies) {
    const ref = refs.get(from);
    if (ref === undefined) continue;
    builder.countDependencies(targets.length);
    const needed = new Set([
      ...(builder.dependencies.get(ref) ?? []),
      ...targets.flatMap((target) => refs.get(target) ?? []),
    ]);
    needed.delete(ref);
    builder.dependencies.set(ref, [...needed].sort());
  }
}
