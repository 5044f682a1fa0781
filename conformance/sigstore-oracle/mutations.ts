import { isBase64, type Json, type Place, placesOf } from "./json-places.ts";
import type { Random } from "./random.ts";

/** One way to change a bundle. It returns where, or undefined where the bundle has no such place. */
export interface Mutation {
  readonly name: string;
  /** Changes `bundle`; `other` is another bundle to take parts of. */
  readonly apply: (bundle: Json, random: Random, other: Json) => string | undefined;
}

type Change = (value: string, random: Random) => string;

/** Changes one value among those that `accepts` takes. */
function atOne(
  name: string,
  accepts: (place: Place) => boolean,
  change: (place: Place, random: Random) => void,
): Mutation {
  return {
    name,
    apply: (bundle, random) => {
      const places = placesOf(bundle).filter(accepts);
      if (places.length === 0) return undefined;
      const place = random.pick(places);
      change(place, random);
      return place.path;
    },
  };
}

/** Changes one text that holds bytes in base64. */
function inBase64(name: string, change: Change): Mutation {
  return atOne(
    name,
    (place) => isBase64(place.get()),
    (place, random) => place.set(change(place.get() as string, random)),
  );
}

/** Changes the bytes that a text holds. */
function inBytes(name: string, change: (bytes: Buffer, random: Random) => Buffer): Mutation {
  return inBase64(name, (text, random) => change(Buffer.from(text, "base64"), random).toString("base64"));
}

/** Changes the JSON that an entry's body is. */
function inBody(name: string, change: (body: Json, random: Random) => void): Mutation {
  return atOne(
    name,
    ({ path }) => path.endsWith(".canonicalizedBody"),
    (place, random) => {
      const body = JSON.parse(Buffer.from(place.get() as string, "base64").toString()) as Json;
      change(body, random);
      place.set(Buffer.from(JSON.stringify(body)).toString("base64"));
    },
  );
}

/** Changes the lines of a checkpoint. */
function inCheckpoint(name: string, change: (lines: string[], random: Random) => void): Mutation {
  return atOne(
    name,
    ({ path }) => path.endsWith(".checkpoint.envelope"),
    (place, random) => {
      const lines = (place.get() as string).split("\n");
      change(lines, random);
      place.set(lines.join("\n"));
    },
  );
}

/** Puts another bundle's value of the same path here. */
const swap: Mutation = {
  name: "swap",
  apply: (bundle, random, other) => {
    const theirs = new Map(placesOf(other).map((place) => [place.path, place]));
    const places = placesOf(bundle).filter(({ path }) => theirs.has(path));
    const place = random.pick(places);
    place.set(structuredClone(theirs.get(place.path)?.get() ?? null));
    return place.path;
  },
};

const isNumber = ({ path }: Place): boolean => /\.(logIndex|treeSize|integratedTime)$/.test(path);
const isList = (place: Place): boolean => Array.isArray(place.get()) && (place.get() as Json[]).length > 0;
const NUMBERS = [
  "0",
  "-1",
  "1",
  "9223372036854775807",
  "9223372036854775808",
  "1e3",
  "01",
  "",
  "x",
  "0x10",
  " 5",
  "5.0",
];
const WRONG: readonly Json[] = [null, true, 0, 7, "", "x", [], {}, [{}], { x: 1 }];
const MEDIA_TYPES = [
  "application/vnd.dev.sigstore.bundle+json;version=0.1",
  "application/vnd.dev.sigstore.bundle+json;version=0.2",
  "application/vnd.dev.sigstore.bundle+json;version=0.3",
  "application/vnd.dev.sigstore.bundle.v0.3+json",
  "application/vnd.dev.sigstore.bundle+json;version=0.4",
  "application/vnd.dev.sigstore.bundle.v0.1+json",
  "application/json",
];

/** All ways; each is drawn as often as the others. */
export const MUTATIONS: readonly Mutation[] = [
  { name: "nothing", apply: () => "" },
  inBytes("flip-bit", (bytes, random) => {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    return bytes;
  }),
  inBytes("flip-early-bit", (bytes, random) => {
    const at = random.below(Math.min(bytes.length, 12));
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    return bytes;
  }),
  inBytes("cut-bytes", (bytes, random) => bytes.subarray(0, random.below(bytes.length))),
  inBytes("add-byte", (bytes, random) => Buffer.concat([bytes, Buffer.from([random.below(256)])])),
  inBytes("drop-byte", (bytes, random) => {
    const at = random.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
  }),
  inBase64("base64-space", (text, random) => {
    const at = random.below(text.length);
    return `${text.slice(0, at)}${random.pick([" ", "\n", "!"])}${text.slice(at)}`;
  }),
  inBase64("base64-url", (text) => text.replaceAll("+", "-").replaceAll("/", "_")),
  inBase64("base64-unpadded", (text) => text.replace(/=+$/, "")),
  inBase64("base64-empty", () => ""),
  swap,
  atOne(
    "remove",
    () => true,
    (place) => place.remove(),
  ),
  atOne(
    "wrong-type",
    () => true,
    (place, random) => place.set(random.pick(WRONG)),
  ),
  atOne("number", isNumber, (place, random) => place.set(random.pick(NUMBERS))),
  atOne("number-by-one", isNumber, (place, random) =>
    place.set(String(BigInt(place.get() as string) + BigInt(random.pick([-1, 1])))),
  ),
  atOne("number-as-number", isNumber, (place) => place.set(Number(place.get()))),
  atOne("repeat-item", isList, (place, random) => {
    const list = place.get() as Json[];
    list.push(structuredClone(random.pick(list)));
  }),
  atOne("remove-item", isList, (place, random) => {
    const list = place.get() as Json[];
    list.splice(random.below(list.length), 1);
  }),
  atOne(
    "reverse-list",
    (place) => isList(place) && (place.get() as Json[]).length > 1,
    (place) => void (place.get() as Json[]).reverse(),
  ),
  atOne(
    "unknown-member",
    (place) => typeof place.get() === "object" && place.get() !== null && !Array.isArray(place.get()),
    (place) => void ((place.get() as { [name: string]: Json })["later"] = 1),
  ),
  atOne(
    "media-type",
    ({ path }) => path === "mediaType",
    (place, random) => place.set(random.pick(MEDIA_TYPES)),
  ),
  atOne(
    "kind",
    ({ path }) => /\.kindVersion\.(kind|version)$/.test(path),
    (place, random) => place.set(random.pick(["dsse", "intoto", "hashedrekord", "0.0.1", "0.0.2", "0.0.3", ""])),
  ),
  atOne(
    "hash-algorithm",
    ({ path }) => path.endsWith(".algorithm"),
    (place, random) =>
      place.set(random.pick(["SHA2_256", "SHA2_384", "SHA2_512", "SHA3_256", "HASH_ALGORITHM_UNSPECIFIED"])),
  ),
  inCheckpoint("checkpoint-line-removed", (lines, random) => void lines.splice(random.below(lines.length), 1)),
  inCheckpoint("checkpoint-line-repeated", (lines, random) => {
    const at = random.below(lines.length);
    lines.splice(at, 0, lines[at] ?? "");
  }),
  inCheckpoint("checkpoint-line-added", (lines, random) => void lines.splice(random.below(4), 0, "Timestamp: 1")),
  inCheckpoint("checkpoint-character", (lines, random) => {
    const at = random.below(lines.length);
    const line = lines[at] ?? "";
    const character = random.below(line.length + 1);
    lines[at] = `${line.slice(0, character)}${random.pick(["0", "A", " ", "-"])}${line.slice(character + 1)}`;
  }),
  inBody("body-value", (body, random) => random.pick(placesOf(body)).set(random.pick(WRONG))),
  inBody("body-member-removed", (body, random) => random.pick(placesOf(body)).remove()),
  inBody("body-spaces", () => undefined),
];
