import { type Cataloger, type CatalogerResult, decodeDatabaseText, ResultBuilder } from "../cataloger.ts";
import { type FoundPackage, inferred, toFoundComponent } from "../found-package.ts";
import { optional } from "../package-list.ts";
import { readStatedLicenses } from "../stated-licenses.ts";
import { bytesOfSection, numberAt, readPrograms } from "./sections.ts";

const MOST_MODULE_INFO = 64 * 1024;

/** Linux itself and its modules. */
export const kernelCataloger: Cataloger = {
  id: "kernel",
  ecosystem: "generic",
  note: "Reads the release of Linux in its image for x86 (bzImage) and in modules (*.ko, section .modinfo), and modules that have a version of their own, with licence and description. Modules without one are part of Linux and are not listed apart. Does not unpack compressed modules (*.ko.xz and the like), and does not read images for other machines.",
  wants: () => false,
  read: () => new ResultBuilder().finish(),
  readProgram: (path, bytes) => {
    const found = path.endsWith(".ko") ? readModule(path, bytes) : readImage(path, bytes);
    return found.length === 0 ? undefined : toResult(found);
  },
};

function toResult(found: readonly FoundPackage[]): CatalogerResult {
  const builder = new ResultBuilder();
  for (const each of found) builder.components.push(toFoundComponent(each));
  return builder.finish();
}

function toKernel(release: string, path: string, words: string): FoundPackage {
  const version = /^\d+(?:\.\d+)+/.exec(release)?.[0] ?? release;
  return {
    name: "linux-kernel",
    version: release,
    identity: { type: "generic", name: "linux-kernel" },
    kind: "operating-system",
    cpes: [`cpe:2.3:o:linux:linux_kernel:${version}:*:*:*:*:*:*:*`],
    properties: [inferred(words)],
    locations: [path],
  };
}

const RELEASE = /^(\d{1,3}\.\d{1,4}[\w.+~-]{0,200})(?= |$)/;

/** The boot protocol of x86: `HdrS` in its place, and where the text of the version begins. */
function readImage(path: string, bytes: Uint8Array): readonly FoundPackage[] {
  if (numberAt(bytes, 0x1fe, 2, true) !== 0xaa55 || numberAt(bytes, 0x202, 4, true) !== 0x53726448) return [];
  const pointer = numberAt(bytes, 0x20e, 2, true);
  if (pointer === 0) return [];
  const text = decodeDatabaseText(bytes.subarray(pointer + 0x200, pointer + 0x200 + 400)).split("\0", 1)[0] ?? "";
  const release = RELEASE.exec(text)?.[1];
  return release === undefined ? [] : [toKernel(release, path, "the release from the image's header")];
}

function readModule(path: string, bytes: Uint8Array): readonly FoundPackage[] {
  const section = readPrograms(bytes)
    .flatMap(({ sections }) => sections)
    .find(({ name }) => name === ".modinfo");
  if (section === undefined) return [];
  const fields = new Map<string, string>();
  for (const entry of decodeDatabaseText(bytesOfSection(bytes, section).subarray(0, MOST_MODULE_INFO)).split("\0")) {
    const equals = entry.indexOf("=");
    const key = entry.slice(0, Math.max(0, equals));
    if (!fields.has(key)) fields.set(key, entry.slice(equals + 1, equals + 500));
  }
  const release = RELEASE.exec(fields.get("vermagic") ?? "")?.[1];
  const name = fields.get("name");
  const version = fields.get("version");
  const license = fields.get("license");
  return [
    ...(release === undefined ? [] : [toKernel(release, path, "the release for which a module was built")]),
    ...(!name || !version
      ? []
      : [
          {
            name,
            version,
            identity: { type: "generic", name },
            kind: "device-driver" as const,
            licenses: license === undefined ? [] : readStatedLicenses([LICENSES.get(license) ?? license]),
            ...optional("description", fields.get("description")),
            locations: [path],
          },
        ]),
  ];
}

/** Words of MODULE_LICENSE that mean one licence (linux/module.h). */
const LICENSES = new Map([
  ["GPL", "GPL-2.0-only"],
  ["GPL v2", "GPL-2.0-only"],
  ["Dual MIT/GPL", "MIT OR GPL-2.0-only"],
  ["Dual BSD/GPL", "BSD-3-Clause OR GPL-2.0-only"],
]);
