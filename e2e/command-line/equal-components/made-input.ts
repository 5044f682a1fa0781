/** Every kind of list, database and archive in one image: what the machines of others hold and this one does not. */
import { linkSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PACKAGE_LIST_SAMPLES } from "../../../src/testing/package-lists/samples.ts";
import { writeZip } from "../../../src/testing/zip-writer.ts";
import type { Step } from "./layered-tree.ts";

const POM = "META-INF/maven/org.example/tool/pom.properties";
const jar = (version: string): Uint8Array =>
  writeZip([{ path: POM, content: `groupId=org.example\nartifactId=tool\nversion=${version}\n` }]);
const WAR = writeZip([
  { path: "WEB-INF/lib/tool.jar", content: jar("1.0") },
  {
    path: "META-INF/MANIFEST.MF",
    content: "Manifest-Version: 1.0\nImplementation-Title: shop\nImplementation-Version: 3\n",
  },
]);

/** Files beside the lists. */
const FILES: Readonly<Record<string, string | Uint8Array>> = {
  "usr/lib/os-release": 'ID=alpine\nVERSION_ID=3.22.1\nPRETTY_NAME="Alpine Linux"\n',
  "lib/apk/db/installed":
    "P:musl\nV:1.2.5-r10\nA:x86_64\nL:MIT\no:musl\nm:A B <a@example.org>\n\nP:busybox\nV:1.37.0-r18\nA:x86_64\nL:GPL-2.0-only\no:busybox\nD:musl\n\n",
  "srv/libs/tool.jar": jar("2.1"),
  "srv/libs/shop.war": WAR,
  "srv/libs/broken.jar": "PK\u0003\u0004",
  "srv/with space/näme/node_modules/left-pad/package.json":
    '{"name": "left-pad", "version": "1.3.0", "license": "WTFPL"}',
  "manifests/deploy.yaml":
    "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: a, image: 'nginx:1.27' }] }\n",
};

function write(root: string, path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

/** The steps of the image. */
export const MADE_STEPS: readonly Step[] = [
  (root) => {
    for (const [path, content] of Object.entries(FILES)) write(root, path, content);
    mkdirSync(join(root, "etc"), { recursive: true });
    symlinkSync("/usr/lib/os-release", join(root, "etc/os-release"));
    for (const [index, { path, text, others = {} }] of PACKAGE_LIST_SAMPLES.entries()) {
      for (const [name, content] of Object.entries({ ...others, [path]: text }))
        write(root, `srv/lists/${index}/${name}`, content);
    }
    return [];
  },
  // Some are gone, some lie elsewhere, some are hard links, and a circle of links leads nowhere.
  (root) => {
    for (const name of readdirSync(join(root, "srv/lists"))) {
      const folder = join(root, "srv/lists", name);
      if (Number(name) % 7 === 3) rmSync(folder, { recursive: true });
      if (Number(name) % 7 === 4) {
        renameSync(folder, join(root, "srv", `moved-${name}`));
        symlinkSync(`../moved-${name}`, folder);
      }
    }
    linkSync(join(root, "srv/libs/tool.jar"), join(root, "srv/libs/same.jar"));
    symlinkSync("two", join(root, "srv/one"));
    symlinkSync("one", join(root, "srv/two"));
    symlinkSync("../../../../../srv/libs/tool.jar", join(root, "srv/outside.jar"));
    return [];
  },
  (root) => {
    write(root, "srv/libs/tool.jar", jar("2.2"));
    rmSync(join(root, "srv/libs/same.jar"));
    return [];
  },
];
