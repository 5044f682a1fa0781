import assert from "node:assert/strict";
import fc from "fast-check";
import { parsePackageUrl } from "../../artifact/index.ts";
import { encodeUtf8, isAmapError } from "../../base/index.ts";
import { catalogFiles, PACKAGE_LIST_FORMATS, type PackageList } from "../../metadata/index.ts";
import type { PackageListSample } from "./sample.ts";
import { PACKAGE_LIST_SAMPLES } from "./samples.ts";

/** A law of the readers of package lists, for the tests and for `npm run fuzz -- lists`. */
export interface PackageListLaw {
  readonly name: string;
  /** Runs in the tests, about a tenth of a second. */
  readonly runs: number;
  readonly property: fc.IRawProperty<unknown>;
}

/** What formats give a meaning to. */
const TOKENS =
  "\"|'|{|}|[|]|(|)|:|,|@|#|/|\\|=|<|>|&|%|!|*|-|.|\n|\t|\0|  |    |${|<<|]]>|<!--|<![CDATA[|&lt;|null|1.0|__proto__|constructor|é|😀".split(
    "|",
  );

const change = fc.record({
  at: fc.nat(),
  length: fc.nat({ max: 12 }),
  insert: fc.oneof(fc.constantFrom(...TOKENS), fc.string({ maxLength: 4 })),
});
const changes = fc.array(change, { minLength: 1, maxLength: 6 });

function changed(text: string, made: readonly { at: number; length: number; insert: string }[]): Uint8Array {
  let result = text;
  for (const { at, length, insert } of made) {
    const place = at % (result.length + 1);
    result = result.slice(0, place) + insert + result.slice(place + length);
  }
  return encodeUtf8(result.toWellFormed());
}

/** What a format makes of a file: packages, or an error that amap means. */
export function readSample(sample: PackageListSample, bytes: Uint8Array): PackageList | string {
  const format = PACKAGE_LIST_FORMATS.find(({ id }) => id === sample.format);
  assert.ok(format, sample.format);
  try {
    return format.read({ path: sample.path, bytes, files: filesOf(sample, bytes) });
  } catch (error) {
    if (!isAmapError(error) || error.code === "BUG") throw error;
    return `${error.code}: ${error.message}`;
  }
}

function filesOf({ path, others = {} }: PackageListSample, bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  return new Map([[path, bytes], ...Object.entries(others).map(([name, text]) => [name, encodeUtf8(text)] as const)]);
}

/** Whatever a file says: the same answer twice, packages with names, and components whose package URLs can be read. */
function judge(sample: PackageListSample, bytes: Uint8Array): void {
  const found = readSample(sample, bytes);
  assert.deepEqual(readSample(sample, bytes), found);
  if (typeof found === "string") return;
  for (const { name, version } of found.packages) assert.ok(typeof name === "string" && version !== "");
  const { components, dependencies } = catalogFiles(filesOf(sample, bytes));
  const refs = new Set(components.map(({ ref }) => ref));
  for (const { purl } of components) assert.ok(purl === undefined || parsePackageUrl(purl).ok, purl);
  for (const [ref, targets] of dependencies) {
    assert.ok(refs.has(ref) && targets.every((target) => refs.has(target) && target !== ref));
  }
}

/** Laws of each sample's format. */
export const PACKAGE_LIST_LAWS: readonly PackageListLaw[] = PACKAGE_LIST_SAMPLES.flatMap((sample) => [
  {
    name: `${sample.format}: a changed file (${sample.path})`,
    runs: 40,
    property: fc.property(changes, (made) => judge(sample, changed(sample.text, made))),
  },
  {
    name: `${sample.format}: any bytes (${sample.path})`,
    runs: 20,
    property: fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => judge(sample, bytes)),
  },
]);
