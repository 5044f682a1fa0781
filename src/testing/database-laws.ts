import assert from "node:assert/strict";
import fc from "fast-check";
import { parsePackageUrl } from "../artifact/index.ts";
import { encodeUtf8 } from "../base/index.ts";
import { catalogFiles } from "../metadata/index.ts";
import { buildBerkeleyDb, buildNdb, buildRpmHeader, buildRpmSqlite, buildSqliteFile } from "./rpm-databases.ts";

/** A law of the readers of operating systems' packages, for the tests and for `npm run fuzz -- databases`. */
interface DatabaseLaw {
  readonly name: string;
  readonly property: fc.IRawProperty<unknown>;
}

const HEADERS = ["a", "b", "c"].map((name) =>
  buildRpmHeader({
    1000: name,
    1001: "1.0",
    1002: "1",
    1003: [2],
    1014: "MIT and GPLv2+",
    1022: "x86_64",
    1044: "src-1.0-1.src.rpm",
    1047: [name, "capability"],
    1049: ["capability", "/bin/sh"],
    1116: [0],
    1117: ["sh"],
    1118: ["/bin/"],
  }),
);

/** A Nix store's database with packages that all refer to the first one. */
function buildNixDatabase(): Uint8Array {
  return buildSqliteFile(512, (file) => {
    file.exec("CREATE TABLE ValidPaths (id INTEGER PRIMARY KEY, path TEXT); CREATE TABLE Refs (a INTEGER, b INTEGER)");
    for (let index = 1; index < 40; index++) {
      const path = `/nix/store/0123456789abcdfghijklmnpqrsvwxyz-a-${index}`;
      file.exec(`INSERT INTO ValidPaths (path) VALUES ('${path}'); INSERT INTO Refs VALUES (${index}, 1)`);
    }
  });
}

/** A small database of each kind of packages in text. */
const TEXTS: readonly (readonly [path: string, text: string])[] = [
  [
    "var/lib/dpkg/status",
    "Package: a\nStatus: install ok installed\nVersion: 1\nDepends: b | c (>= 1), d\nProvides: e\n\n",
  ],
  [
    "usr/share/doc/a/copyright",
    "Format: https://www.debian.org/doc/copyright-format/1.0/\n\nFiles: *\nLicense: GPL-2+ or MIT\n",
  ],
  [
    "lib/apk/db/installed",
    "C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\nP:a\nV:1-r0\nA:x86_64\nL:MIT\no:b\nD:so:c !d\np:so:c=1\n\n",
  ],
  ["usr/lib/opkg/status", "Package: a\nVersion: 1\nStatus: install user installed\nDepends: b | c\n\n"],
  ["var/lib/pacman/local/a-1/desc", "%NAME%\na\n\n%VERSION%\n1-1\n\n%DEPENDS%\nb>=1\n\n%PROVIDES%\nc=1\n\n"],
  ["var/db/pkg/app-a/b-1.0-r1/PF", "b-1.0_beta2-r1\n"],
  ["opt/Cellar/a/1.0/INSTALL_RECEIPT.json", '{"runtime_dependencies": [{"full_name": "b/c/d", "version": "1"}]}'],
  ["usr/share/bottlerocket/application-inventory.json", '{"Content": [{"Name": "a", "Version": "1", "Release": "2"}]}'],
  ["etc/os-release", 'ID="a"\nVERSION_ID=\'1\'\nVERSION_CODENAME=b\nID_LIKE="c d"\n'],
  ["etc/lsb-release", 'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=14.04\nDISTRIB_DESCRIPTION="a b"\n'],
  ["etc/redhat-release", "CentOS Linux release 7.6.1810 (Core)\n"],
  ["etc/SuSE-release", "SUSE Linux Enterprise Server 11\nVERSION = 11\nPATCHLEVEL = 4\n"],
  ["etc/photon-release", "VMware Photon OS 3.0\nPHOTON_BUILD_NUMBER=1\n"],
  ["etc/debian_version", "trixie/sid\n"],
];

const SAMPLES: readonly (readonly [path: string, bytes: Uint8Array])[] = [
  ...TEXTS.map(([path, text]) => [path, encodeUtf8(text)] as const),
  ["var/lib/rpm/rpmdb.sqlite", buildRpmSqlite(HEADERS, 512)],
  ["var/lib/rpm/Packages.db", buildNdb(HEADERS)],
  ["var/lib/rpm/Packages", buildBerkeleyDb(HEADERS)],
  ["nix/var/nix/db/db.sqlite", buildNixDatabase()],
];

/** Bytes to change, more of them in the beginning, where the numbers are that say how to read the rest. */
const changes = fc.record({
  bytes: fc.array(fc.record({ at: fc.oneof(fc.nat({ max: 255 }), fc.nat()), value: fc.nat({ max: 255 }) }), {
    maxLength: 8,
  }),
  length: fc.option(fc.nat(), { nil: undefined, freq: 4 }),
});

/** Whatever a database says: the same answer twice, and components whose package URLs can be read. */
export const DATABASE_LAWS: readonly DatabaseLaw[] = SAMPLES.map(([path, sample]) => ({
  name: `reads or reports ${path}, whatever its bytes`,
  property: fc.property(changes, ({ bytes, length }) => {
    const damaged = sample.slice(0, length === undefined ? sample.length : length % (sample.length + 1));
    for (const { at, value } of bytes) damaged[at % Math.max(1, damaged.length)] = value;
    const files = new Map([[path, damaged]]);
    const catalog = catalogFiles(files);
    assert.deepEqual(catalogFiles(files), catalog);
    assert.ok(catalog.components.length <= sample.length / 10);
    for (const { purl } of catalog.components) assert.ok(purl === undefined || parsePackageUrl(purl).ok, purl);
  }),
}));
