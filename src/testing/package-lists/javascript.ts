import { HASH, INTEGRITY, type PackageListSample, SHA_1 } from "./sample.ts";

/** Files of JavaScript's package managers but npm. */
export const JAVASCRIPT_SAMPLES: readonly PackageListSample[] = [
  {
    format: "javascript/yarnlock",
    path: "app/yarn.lock",
    text: `# yarn lockfile v1


"@scope/util@^1.0.0", "@scope/util@^1.2.0":
  version "1.2.3"
  resolved "https://registry.yarnpkg.com/@scope/util/-/util-1.2.3.tgz#${SHA_1}"
  dependencies:
    left "~2.0.0"

left@~2.0.0:
  version "2.0.1"
  resolved "https://registry.yarnpkg.com/left/-/left-2.0.1.tgz"
  integrity ${INTEGRITY}

tester@^3.0.0:
  version "3.1.0"

"old-left@npm:left@^1.0.0":
  version "1.0.9"

fork@someone/fork#main:
  version "0.1.0"
  resolved "https://codeload.github.com/someone/fork/tar.gz/${SHA_1}"

"here@file:./here":
  version "0.0.1"
`,
    others: {
      "app/package.json":
        '{"name": "shop", "version": "1.0.0", "dependencies": {"@scope/util": "^1.0.0"}, "devDependencies": {"tester": "^3.0.0"}}',
    },
    states: [
      "project shop@1.0.0 -> @scope/util@^1.0.0 tester@^3.0.0",
      "@scope/util@1.2.3 npm -> left@~2.0.0",
      "left@2.0.1 npm ->",
      "tester@3.1.0 development npm ->",
      "left@1.0.9 npm ->",
      "fork@0.1.0 npm ->",
      "here@0.0.1 ->",
    ],
  },
  {
    format: "javascript/pnpmlock",
    path: "pnpm-lock.yaml",
    text: `lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      ui:
        specifier: ^1.0.0
        version: 1.1.0(core@2.0.0)
    devDependencies:
      lint:
        specifier: ^4.0.0
        version: 4.0.1
packages:
  core@2.0.0:
    resolution: {integrity: ${INTEGRITY}}
  ui@1.1.0:
    resolution: {integrity: ${INTEGRITY}}
    peerDependencies: {core: '*'}
  lint@4.0.1:
    resolution: {integrity: ${INTEGRITY}}
  '@a/fork@https://codeload.github.com/a/fork/tar.gz/${SHA_1}':
    resolution: {tarball: https://codeload.github.com/a/fork/tar.gz/${SHA_1}}
    version: 3.0.0
  here@file:here:
    resolution: {directory: here, type: directory}
snapshots:
  core@2.0.0: {}
  ui@1.1.0(core@2.0.0):
    dependencies:
      core: 2.0.0
  lint@4.0.1: {}
`,
    states: [
      "project project@ -> ui@1.1.0(core@2.0.0) lint@4.0.1",
      "core@2.0.0 npm ->",
      "ui@1.1.0 npm -> core@2.0.0",
      "lint@4.0.1 development npm ->",
      "@a/fork@3.0.0 npm",
      "here (file:here)",
    ],
  },
  {
    format: "javascript/pnpmlock",
    path: "old/pnpm-lock.yaml",
    text: `lockfileVersion: 5.4
dependencies:
  ui: 1.1.0_core@2.0.0
packages:
  /@s/core/2.0.0:
    resolution: {integrity: ${INTEGRITY}}
    dev: true
  /ui/1.1.0_core@2.0.0:
    resolution: {integrity: ${INTEGRITY}}
    dependencies:
      '@s/core': 2.0.0
    dev: false
  registry.example/left/1.0.0:
    optional: true
  odd:
    dev: true
`,
    states: [
      "project old@ -> /ui/1.1.0_core@2.0.0",
      "@s/core@2.0.0 development npm ->",
      "ui@1.1.0 npm -> /@s/core/2.0.0",
      "left@1.0.0 optional npm ->",
    ],
  },
  {
    format: "javascript/bunlock",
    path: "bun.lock",
    text: `{
  "lockfileVersion": 1, // of Bun 1.2
  "workspaces": {
    "": { "name": "shop", "dependencies": { "ui": "^1.0.0" }, "devDependencies": { "lint": "^4.0.0" } },
  },
  /* all of them */
  "packages": {
    "ui": ["ui@1.1.0", "", { "dependencies": { "core": "^2.0.0" } }, "${INTEGRITY}"],
    "core": ["core@1.0.0", "", {}, "${INTEGRITY}"],
    "ui/core": ["core@2.0.0", "", {}, "${INTEGRITY}"],
    "lint": ["@s/lint@4.0.1", "", {}, "${INTEGRITY}"],
    "fork": ["fork@github:a/fork#0123abc", {}, "a-fork-0123abc"],
    "here": ["here@file:here", {}],
  },
}
`,
    states: [
      "project shop@ -> ui lint",
      "ui@1.1.0 npm -> ui/core",
      "core@1.0.0 npm ->",
      "core@2.0.0 npm ->",
      "@s/lint@4.0.1 development npm ->",
      "fork (github:a/fork#0123abc) npm ->",
      "here (file:here) ->",
    ],
  },
  {
    format: "javascript/denolock",
    path: "deno.lock",
    text: JSON.stringify({
      version: "4",
      specifiers: { "npm:chalk@5": "5.3.0", "jsr:@std/path@1": "1.0.8" },
      jsr: { "@std/path@1.0.8": { integrity: HASH, dependencies: ["npm:chalk@5"] } },
      npm: {
        "chalk@5.3.0": { integrity: INTEGRITY, dependencies: ["color", "old@npm:color@1.0.0"] },
        "color@1.0.0": { integrity: INTEGRITY },
        "peered@2.0.0_chalk@5.3.0": {},
      },
      remote: { "https://deno.example/x.ts": HASH },
      workspace: { dependencies: ["jsr:@std/path@1"] },
    }),
    states: [
      "project project@ -> jsr:@std/path@1.0.8",
      "chalk@5.3.0 npm -> npm:color@1.0.0 npm:color@1.0.0",
      "color@1.0.0 npm ->",
      "peered@2.0.0 npm ->",
      "@std/path@1.0.8 jsr -> npm:chalk@5.3.0",
    ],
  },
  {
    format: "javascript/denojson",
    path: "deno.json",
    text: '{"name": "@a/b", "version": "1.0.0", "imports": {"x": "npm:chalk@^5.0.0", "y": "jsr:@std/path@1.0.8", "z": "./z.ts"}}',
    states: ["project @a/b@1.0.0 -> npm:chalk@^5.0.0 jsr:@std/path@1.0.8", "chalk (^5.0.0) npm", "@std/path@1.0.8 jsr"],
  },
];
