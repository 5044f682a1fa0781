/**
 * The rooms and their import directions, as data. The architecture check, its self-test and the test of
 * docs/ARCHITECTURE.md all read this table.
 */
export const CORE_ROOMS = ["base", "artifact", "metadata", "attestation", "policy", "report"] as const;

/** Room → rooms it may import. Everything else is an error. */
export const ALLOWED_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  artifact: ["base"],
  metadata: ["base", "artifact"],
  attestation: ["base", "artifact"],
  policy: ["base", "artifact"],
  report: ["base", "artifact", "metadata", "attestation", "policy"],
  ports: [...CORE_ROOMS],
  app: [...CORE_ROOMS, "ports"],
  adapters: [...CORE_ROOMS, "ports"],
  api: ["base"],
  wiring: [...CORE_ROOMS, "ports", "app", "adapters"],
  server: ["base", "report", "api", "app", "wiring"],
  controller: ["base", "report", "api", "app", "wiring"],
  cli: ["base", "report", "api", "app", "wiring", "server", "controller"],
};

/** Rooms without I/O → npm packages they may import. Rooms that are not named may import none. */
export const ALLOWED_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  base: ["js-yaml", "@noble/curves", "smol-toml", "sax"],
  artifact: [],
  metadata: ["ae-cvss-calculator", "spdx-exceptions", "spdx-license-ids"],
  attestation: ["@noble/ciphers"],
  policy: ["re2js"],
  report: [],
  ports: [],
  app: [],
  api: ["zod"],
};

/** Node's modules that src/base/bytes alone may import. */
const CAPABILITIES = ["crypto", "zlib", "buffer"];
const TEST = "\\.(test|contract)\\.ts$";

interface Rule {
  readonly name: string;
  readonly severity: "error";
  readonly from: Record<string, unknown>;
  readonly to: Record<string, unknown>;
}

const rule = (name: string, from: Record<string, unknown>, to: Record<string, unknown>): Rule => ({
  name,
  severity: "error",
  from,
  to,
});

const directions = Object.entries(ALLOWED_IMPORTS).map(([room, to]) =>
  rule(
    `${room}-may-import-only: ${to.join(", ") || "nothing"}`,
    { path: `^src/${room}/`, pathNot: TEST },
    { path: "^src/", pathNot: `^src/(${[room, ...to].join("|")})/` },
  ),
);

const packages = Object.entries(ALLOWED_PACKAGES).map(([room, names]) =>
  rule(
    `npm-packages-of-${room}`,
    { path: `^src/${room}/`, pathNot: TEST },
    names.length === 0
      ? { path: "node_modules/" }
      : { path: "node_modules/", pathNot: `node_modules/(@types/)?(${names.join("|")})/` },
  ),
);

const pureRooms = Object.keys(ALLOWED_PACKAGES).join("|");

/** The rules for dependency-cruiser. */
export const ARCHITECTURE_RULES: readonly Rule[] = [
  ...directions,
  ...packages,
  rule(
    "every-file-is-in-a-known-room",
    { path: "^src/", pathNot: `^src/(${[...Object.keys(ALLOWED_IMPORTS), "testing"].join("|")})/` },
    {},
  ),
  rule("no-cycles", {}, { circular: true }),
  rule(
    "rooms-have-one-door",
    { path: "^src/([^/]+)/", pathNot: TEST },
    {
      path: "^src/[^/]+/",
      pathNot: ["^src/$1/", "^src/[^/]+/index\\.ts$", "^src/adapters/[^/]+/index\\.ts$", "^src/testing/"],
    },
  ),
  rule(
    "inside-never-uses-its-own-door",
    { path: "^src/([^/]+)/.+", pathNot: [TEST, "^src/adapters/"] },
    { path: "^src/$1/index\\.ts$" },
  ),
  rule(
    "adapters-are-islands",
    { path: "^src/adapters/([^/]+)/", pathNot: TEST },
    { path: "^src/adapters/", pathNot: "^src/adapters/$1/" },
  ),
  rule(
    "no-io-in-the-core",
    { path: `^src/(${pureRooms})/`, pathNot: [TEST, "^src/base/bytes/"] },
    { dependencyTypes: ["core"] },
  ),
  rule(
    "only-synchronous-capabilities-in-base-bytes",
    { path: "^src/base/bytes/", pathNot: TEST },
    { dependencyTypes: ["core"], pathNot: `^(node:)?(${CAPABILITIES.join("|")})$` },
  ),
  rule(
    "web-sees-only-the-api",
    { path: "^web/src/", pathNot: "\\.test\\.tsx?$" },
    { path: "^src/", pathNot: "^src/api/index\\.ts$" },
  ),
  // A value would bring zod and the server's schemas into the page.
  rule(
    "web-sees-only-types-of-the-api",
    { path: "^web/src/", pathNot: "\\.test\\.tsx?$" },
    { path: "^src/api/", dependencyTypesNot: ["type-only"] },
  ),
  rule("testing-only-from-tests", { path: "^src/", pathNot: [TEST, "^src/testing/"] }, { path: "^src/testing/" }),
  rule(
    "adapters-only-from-wiring",
    { path: "^src/", pathNot: [TEST, "^src/(wiring|adapters|testing)/"] },
    { path: "^src/adapters/" },
  ),
];
