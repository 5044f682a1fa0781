/**
 * `npm run build`: dist/, which needs nothing but Node 24. dist/amap.mjs starts a bundle: for the verbs that scripts call
 * often one that holds that verb alone, since reading code is most of a short run; for all others the whole.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { buildDashboard } from "./setup/dashboard.mjs";

/** Verbs with a bundle of their own → the file and the name of the verb in it. That of `sbom convert` saves memory. */
const HOT_VERBS: Readonly<Record<string, readonly [file: string, name: string]>> = {
  version: ["version", "version"],
  sign: ["sign", "sign"],
  attest: ["attest", "attest"],
  verify: ["verify", "verify"],
  "verify-attestation": ["verify", "verifyAttestation"],
  tree: ["tree", "tree"],
  apply: ["apply", "apply"],
  test: ["test", "test"],
  "sbom convert": ["sbom-convert", "sbomConvert"],
  scan: ["scan", "scan"],
  rescan: ["rescan", "rescan"],
  "db import": ["db", "dbImport"],
};

/**
 * Verbs that load much code and then keep V8's space for young objects at the size that it has come to: that may double
 * three times while the code is loaded, which spares a scan of 5,000 components a tenth of its time for 5 MiB.
 */
const GROWING = ["scan", "rescan"];

/**
 * Words with which a verb needs what its own bundle leaves out: then the whole is started. A short flag may stand among
 * others (`-pc`).
 */
const WHOLE_WORDS: Readonly<Record<string, RegExp>> = {
  apply: /^(?:--cluster|-[A-Za-z]*c)/,
  scan: /csaf/,
  test: /^--registry/,
};

/** What no such verb uses without these words, and what would make its bundle ten times as large, or its start longer. */
const LEFT_OUT = [/\/adapters\/(?:store|jobs|kube-api|certificates|schemas)\/index\.ts$/];
const LEFT_OUT_OF_TEST = [...LEFT_OUT, /\/adapters\/sqlite\/index\.ts$/, /\/evidence-facts\.ts$/];

/**
 * Leaves modules out of a bundle that are loaded when they are needed. They are not loaded from another bundle: its errors
 * and numbers would be of other classes than those that the verb asks for.
 */
const leaveOut = (left: readonly RegExp[]): Plugin => ({
  name: "leave-out",
  setup: (plugins) => {
    plugins.onResolve({ filter: /\.ts$/ }, ({ path, kind }) =>
      kind === "dynamic-import" && left.some((each) => each.test(path)) ? { path, namespace: "left-out" } : undefined,
    );
    plugins.onLoad({ filter: /.*/, namespace: "left-out" }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path} is not in this bundle`)});`,
    }));
  },
});

/** Licences of lists of facts, whose own terms let their address stand for their text. */
const LICENCE_ADDRESSES: ReadonlyMap<string, string> = new Map([
  ["CC-BY-3.0", "https://creativecommons.org/licenses/by/3.0/legalcode"],
  ["CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/legalcode"],
]);

const root = join(import.meta.dirname, "..");
const outdir = join(root, "dist");
const SHARED: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  logLevel: "warning",
  // Some libraries are CommonJS and call require for Node's own modules.
  banner: {
    js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);',
  },
};

rmSync(outdir, { recursive: true, force: true });
mkdirSync(outdir, { recursive: true });
const SCHEMAS = "node_modules/@cyclonedx/cyclonedx-library/res/schema";
const { metafile } = await build({
  ...SHARED,
  metafile: true,
  entryPoints: [
    { in: "src/cli/main.ts", out: "full" },
    // Threads start from files of their own.
    { in: "src/adapters/store/worker.ts", out: "store-worker" },
    { in: "src/adapters/jobs/worker.ts", out: "jobs-worker" },
  ],
  outdir,
  outExtension: { ".js": ".mjs" },
  splitting: true,
  chunkNames: "chunks/[name]-[hash]",
});
for (const [verb, [file, name]] of Object.entries(HOT_VERBS)) {
  const contents = `import { runCli } from "./src/cli/run-cli.ts";
import { processShell } from "./src/cli/process-shell.ts";
import { ${name} as verb } from "./src/cli/commands/${file}.ts";
const entry = { name: "${verb}", summary: "", load: async () => verb };
process.exitCode = await runCli(process.argv.slice(2), processShell(), [entry]);`;
  await build({
    ...SHARED,
    stdin: { contents, resolveDir: root, loader: "ts" },
    outfile: join(outdir, "verbs", `${verb.replace(" ", "-")}.mjs`),
    plugins: [leaveOut(verb === "test" ? LEFT_OUT_OF_TEST : LEFT_OUT)],
  });
}
writeFileSync(
  join(outdir, "amap.mjs"),
  `import module from "node:module";
import { setFlagsFromString } from "node:v8";
module.enableCompileCache?.();
const HOT = ${JSON.stringify(Object.keys(HOT_VERBS))};
const WHOLE = {${Object.entries(WHOLE_WORDS)
    .map(([verb, words]) => `${verb}:${words}`)
    .join(",")}};
const [first, ...words] = process.argv.slice(2);
const pair = \`\${first} \${words[0]}\`;
const verb = HOT.includes(pair) ? pair : first;
const isHot = HOT.includes(verb) && !words.some((word) => word === "--help" || word === "-h" || WHOLE[verb]?.test(word));
if (${JSON.stringify(GROWING)}.includes(verb)) setFlagsFromString("--semi-space-growth-factor=8");
await import(isHot ? \`./verbs/\${verb.replace(" ", "-")}.mjs\` : "./full.mjs");
`,
);
buildDashboard({ node: process.execPath, root, env: process.env });
cpSync(join(root, "web", "dist"), join(outdir, "web"), { recursive: true });
copySchemas();
writeFileSync(join(outdir, "THIRD-PARTY-NOTICES.txt"), noticesOf([...Object.keys(metafile.inputs), SCHEMAS]));
writeFileSync(join(outdir, "package.json"), '{ "type": "module" }\n');
const files = readdirSync(outdir, { recursive: true, encoding: "utf8" }).map((name) => join(outdir, name));
const bytes = files.map((file) => statSync(file)).reduce((sum, each) => sum + (each.isFile() ? each.size : 0), 0);
console.log(`dist/amap.mjs with ${files.length} files, ${(bytes / 1024).toFixed(0)} KiB`);

/** The official schemas of CycloneDX, without the prose that is half of them. */
function copySchemas(): void {
  const from = join(root, SCHEMAS);
  const to = join(outdir, "schemas");
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    const text = readFileSync(join(from, name), "utf8");
    if (name.endsWith(".json")) writeFileSync(join(to, name), JSON.stringify(JSON.parse(text)));
    if (name.endsWith(".xsd"))
      writeFileSync(join(to, name), text.replace(/<xs:annotation>[^]*?<\/xs:annotation>\s*/g, ""));
  }
}

/**
 * The licences of the packages whose code is in the bundle. One that names its licence and carries no text of it gets the
 * text of another package of the same licence, or its address where that is enough; one that names none stops the build.
 */
function noticesOf(inputs: readonly string[]): string {
  const packages = new Set(inputs.flatMap((path) => /^(node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []));
  const read = [...packages].sort().map((folder) => {
    const { name, version, license, author } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
    const file = readdirSync(join(root, folder)).find((entry) => /^(?:un)?licen[cs]e/i.test(entry));
    const text = file === undefined ? undefined : readFileSync(join(root, folder, file), "utf8").trim();
    return { name: `${name} ${version}`, license, author: author?.name ?? author, text };
  });
  const notices = read.map(({ name, license, author, text }) => {
    if (text !== undefined) return `${name}\n\n${text}\n`;
    const address = LICENCE_ADDRESSES.get(license);
    if (address !== undefined) return `${name}\n\n${license}, ${author}\n\n${address}\n`;
    const lender = read.find((other) => other.license === license && /^Permission is /m.test(other.text ?? ""));
    const permission = lender?.text?.slice(lender.text.search(/^Permission is /m));
    if (permission === undefined) throw new Error(`${name} has no licence text to pass on, and no other of ${license}`);
    return `${name}\n\n${license}, ${author}\n\n${permission}\n`;
  });
  return `This program contains code of these packages.\n\n${notices.join(`\n${"-".repeat(80)}\n\n`)}`;
}
