import { isAmapError } from "../../../../base/index.ts";
import { readAllLicenses } from "../../licenses.ts";
import { type Cataloger, ResultBuilder } from "../cataloger.ts";
import { toFoundComponent } from "../found-package.ts";
import { optional, readYamlObject, textMember, textsMember } from "../package-list.ts";

const PLACE = "snap/*/*/meta/snap.yaml";
const SNAP = /^snap\/[^/]+\/[^/]+\/meta\/snap\.yaml$/;

/** Snaps that snapd has installed. */
export const snapCataloger: Cataloger = {
  id: "snap",
  ecosystem: "snap",
  note: "Reads snap/*/*/meta/snap.yaml: name, version, architecture, licence and summary of snaps that are unpacked there. Does not unpack snaps (squashfs), and does not look into what they hold by other names.",
  wants: (path) => SNAP.test(path),
  places: [PLACE],
  read: (files) => {
    const builder = new ResultBuilder();
    const known = new Set<string>();
    for (const [path, bytes] of files) {
      const component = readSnap(path, bytes, builder);
      if (component === undefined || known.has(component.ref)) continue;
      known.add(component.ref);
      builder.components.push(component);
    }
    return builder.finish();
  },
};

function readSnap(
  path: string,
  bytes: Uint8Array,
  builder: ResultBuilder,
): ReturnType<typeof toFoundComponent> | undefined {
  try {
    const snap = readYamlObject(bytes);
    const name = textMember(snap, "name");
    const version = textMember(snap, "version");
    if (name !== undefined && version !== undefined) {
      const [architecture] = textsMember(snap, "architectures");
      const license = textMember(snap, "license");
      return toFoundComponent({
        name,
        version,
        identity: { type: "snap", name, qualifiers: architecture === undefined ? {} : { arch: architecture } },
        kind: "application",
        licenses: license === undefined ? [] : readAllLicenses([license]),
        ...optional("description", textMember(snap, "summary")),
        locations: [path],
      });
    }
    builder.addProblem(path, "PACKAGE_DATABASE_INVALID", "a snap has a name and a version; this has not");
  } catch (error) {
    if (!isAmapError(error)) throw error;
    builder.addProblem(path, "PACKAGE_DATABASE_INVALID", `not readable: ${error.message}`);
  }
  return undefined;
}
