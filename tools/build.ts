/**
 * `npm run build`: dist/, which needs nothing but Node 24. dist/amap.mjs starts a bundle: for the verbs that scripts call
 * often one that holds that verb alone, since reading code is most of a short run; for all others the whole.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";

/** Verbs with a bundle of their own → the file and the name of the verb in it. */
const HOT_VERBS: Readonly<Record<string, readonly [file: string, name: string]>> = {
  version: ["version", "version"],
  sign: ["sign", "sign"],
  attest: ["attest", "attest"],
  verify: ["verify", "verify"],
  "verify-attestation": ["verify", "verifyAttestation"],
  tree: ["tree", "tree"],
};

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
const { metafile } = await build({
  ...SHARED,
  metafile: true,
  entryPoints: [{ in: "src/cli/main.ts", out: "full" }],
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
    outfile: join(outdir, "verbs", `${verb}.mjs`),
  });
}
writeFileSync(
  join(outdir, "amap.mjs"),
  `import module from "node:module";
module.enableCompileCache?.();
const HOT = ${JSON.stringify(Object.keys(HOT_VERBS))};
const verb = process.argv[2];
await import(HOT.includes(verb) && !process.argv.includes("--help") && !process.argv.includes("-h") ? \`./verbs/\${verb}.mjs\` : "./full.mjs");
`,
);
writeFileSync(join(outdir, "THIRD-PARTY-NOTICES.txt"), noticesOf(Object.keys(metafile.inputs)));
writeFileSync(join(outdir, "package.json"), '{ "type": "module" }\n');
const files = readdirSync(outdir, { recursive: true, encoding: "utf8" }).map((name) => join(outdir, name));
const bytes = files.map((file) => statSync(file)).reduce((sum, each) => sum + (each.isFile() ? each.size : 0), 0);
console.log(`dist/amap.mjs with ${files.length} files, ${(bytes / 1024).toFixed(0)} KiB`);

/** The licences of the packages whose code is in the bundle. A package without a licence file stops the build. */
function noticesOf(inputs: readonly string[]): string {
  const packages = new Set(inputs.flatMap((path) => /^(node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []));
  const notices = [...packages].sort().map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
    const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no licence file to pass on`);
    return `${name} ${version}\n\n${readFileSync(join(root, folder, file), "utf8").trim()}\n`;
  });
  return `This program contains code of these packages.\n\n${notices.join(`\n${"-".repeat(80)}\n\n`)}`;
}
