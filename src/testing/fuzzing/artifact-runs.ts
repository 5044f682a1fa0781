import assert from "node:assert/strict";
import fc from "fast-check";
import { generateSbom, openArtifact } from "../../app/index.ts";
import { encodeUtf8, isAmapError } from "../../base/index.ts";
import type { Sbom } from "../../metadata/index.ts";
import { createFakeWorld } from "../fake-world.ts";

/** A law of the readers of artifacts, for the tests and for `npm run fuzz -- artifacts`. */
export interface ArtifactLaw {
  readonly name: string;
  /** Runs in the tests, about half a second. */
  readonly runs: number;
  readonly property: fc.IRawProperty<unknown, true>;
}

export const TOOL = { name: "amap", version: "0" };

/** What an action makes, or the message of an error that amap means. */
export async function attempt<T>(action: () => Promise<T>): Promise<T | string> {
  try {
    return await action();
  } catch (error) {
    if (!isAmapError(error) || error.code === "BUG") throw error;
    return `${error.code}: ${error.message}`;
  }
}

/** The SBOM of a file or a folder's files, or why there is none. */
export async function sbomOf(files: Readonly<Record<string, Uint8Array>>, reference: string): Promise<Sbom | string> {
  const sbom = await attempt(async () => {
    const world = createFakeWorld(files);
    return generateSbom(world, await openArtifact(world, reference), TOOL);
  });
  if (typeof sbom !== "string") requireInside(sbom);
  return sbom;
}

/** Whatever an archive says, components are found inside of it. */
export function requireInside({ components }: Sbom): void {
  for (const { locations } of components) {
    for (const location of locations) {
      assert.ok(location.startsWith("/") && !location.includes("\0"), location);
      assert.ok(!location.split("/").includes(".."), location);
    }
  }
}

export async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const STATUS = "Package: tar\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.34\n\n";
export const LEFT_PAD = '{"name": "left-pad", "version": "1.3.0"}';
/** An image's files with components of three kinds. */
export const GOOD: Readonly<Record<string, Uint8Array>> = {
  "etc/os-release": encodeUtf8('ID=debian\nVERSION_ID="12"\n'),
  "var/lib/dpkg/status": encodeUtf8(STATUS),
  "app/node_modules/left-pad/package.json": encodeUtf8(LEFT_PAD),
};
export const GOOD_NAMES = ["debian 12", "left-pad 1.3.0", "tar 1.34"];
export function namesOf({ components }: Sbom): readonly string[] {
  return components.map(({ name, version }) => `${name} ${version ?? ""}`).sort();
}

export const byteChanges = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  fc.array(fc.record({ at: fc.nat(), value: fc.nat({ max: 255 }) }), { maxLength: 4 }),
);

export function changeBytes(
  bytes: Uint8Array,
  changes: readonly { readonly at: number; readonly value: number }[],
): Uint8Array {
  const changed = bytes.slice();
  for (const { at, value } of changes) if (changed.length > 0) changed[at % changed.length] = value;
  return changed;
}
