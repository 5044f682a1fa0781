/** Bad input to the command line: one clear error with its code and exit code, and nothing half-written. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { digestOf, encodeUtf8 } from "../base/index.ts";
import {
  ADVISORY,
  bombTar,
  buildTestImage,
  hostileTar,
  signaturePolicy,
  writeHostileLayout,
} from "../testing/cli-fixture.ts";
import { blobsOf, createCliRunner, snapshot, writeTree } from "../testing/cli-runner.ts";
import { type Fault, type RegistryServer, startRegistryServer } from "../testing/registry-server.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));

/** One row: what is wrong, the command, and how it must end. */
interface BadInput {
  readonly name: string;
  readonly words: (at: At) => readonly string[];
  /** Makes the input bad, in a folder of its own that holds a copy of the good one. */
  readonly arrange?: (at: At) => void | Promise<void>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly exit: number;
  /** The code on stderr; null for what commander refuses, which has none. */
  readonly code: string | null;
  /** What the message must say. */
  readonly says?: RegExp;
}
type At = (...names: readonly string[]) => string;

const good = mkdtempSync(join(tmpdir(), "amap-good-"));
const cases = mkdtempSync(join(tmpdir(), "amap-bad-"));
const LOG = "--insecure-ignore-tlog";
let publicKey = "";
let digest = "";

before(async () => {
  digest = await buildTestImage(good);
  await runAmap(["generate-key-pair", "--output-key-prefix", join(good, "cosign")]);
  publicKey = readFileSync(join(good, "cosign.pub"), "utf8");
  writeTree(good, {
    "advisories/one.json": ADVISORY,
    "policy.json": signaturePolicy({ publicKey }),
    "predicate.json": { a: 1 },
    "pod.json": pod("registry.example/shop:v1"),
  });
  await runAmap(["db", "import", "--database", join(good, "db.sqlite"), join(good, "advisories")]);
});

after(() => {
  rmSync(good, { recursive: true, force: true });
  rmSync(cases, { recursive: true, force: true });
});

function pod(image: string): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "shop" },
    spec: { containers: [{ name: "web", image }] },
  };
}

/** Runs rows one by one, each in its own copy; whatever a row's command is, it must change nothing there. */
function table(title: string, rows: readonly BadInput[]): void {
  describe(title, () => {
    for (const row of rows) {
      test(row.name, async () => {
        const folder = mkdtempSync(join(cases, "case-"));
        const at: At = (...names) => join(folder, ...names);
        cpSync(good, folder, { recursive: true });
        await row.arrange?.(at);
        const before = snapshot(folder);
        const ended = await runAmap(row.words(at), row.env);
        const shown = `${ended.stderr}\n${ended.stdout}`;
        assert.deepEqual([ended.exit, ended.code ?? null], [row.exit, row.code], shown);
        if (row.says !== undefined) assert.match(shown, row.says);
        assert.doesNotMatch(ended.stderr, /^ +at .+:\d+:\d+\)?$/m, "no stack trace");
        assert.deepEqual(snapshot(folder), before, "nothing was written");
        rmSync(folder, { recursive: true, force: true });
      });
    }
  });
}

const image = (at: At, name = "image"): string => `oci:${at(name)}:v1`;
const sign = (at: At, ...words: readonly string[]): readonly string[] => ["sign", "--key", at("cosign.key"), ...words];
const verify = (at: At, ...words: readonly string[]): readonly string[] => [
  "verify",
  "--key",
  at("cosign.pub"),
  LOG,
  ...words,
];
const check = (at: At, ...words: readonly string[]): readonly string[] => [
  "check",
  "--policy",
  at("policy.json"),
  ...words,
];
const sbom = (at: At, artifact: string): readonly string[] => ["sbom", artifact, "--file", at("out.json")];
const scan = (at: At, artifact: string): readonly string[] => [
  "scan",
  artifact,
  "--database",
  at("db.sqlite"),
  "--file",
  at("out.json"),
];

function changeByte(path: string): void {
  const bytes = readFileSync(path);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

function cut(path: string): void {
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.subarray(0, bytes.length >> 1));
}

/** The blob of the layer: the only one that is not JSON. */
const layerOf = (at: At): string => blobsOf(at("image")).find((path) => readFileSync(path)[0] !== 0x7b) ?? "";
const indexOf = (at: At): string => at("image", "blobs", "sha256", digest.slice("sha256:".length));
const vsa = (at: At): readonly string[] => ["--vsa", at("out.vsa"), "--vsa-key", at("cosign.key")];

table("layouts", [
  {
    name: "a missing folder is not made",
    words: (at) => sign(at, image(at, "nosuch")),
    exit: 2,
    code: "LAYOUT_INVALID",
  },
  {
    name: "oci-layout is missing",
    arrange: (at) => rmSync(at("image", "oci-layout")),
    words: (at) => sign(at, image(at)),
    exit: 2,
    code: "LAYOUT_INVALID",
    says: /oci-layout/,
  },
  {
    name: "index.json is cut",
    arrange: (at) => cut(at("image", "index.json")),
    words: (at) => sign(at, image(at)),
    exit: 2,
    code: "LAYOUT_INVALID",
    says: /index\.json/,
  },
  {
    name: "index.json is missing",
    arrange: (at) => rmSync(at("image", "index.json")),
    words: (at) => ["tree", image(at)],
    exit: 2,
    code: "LAYOUT_INVALID",
  },
  {
    name: "a tag that is not there",
    words: (at) => sign(at, `oci:${at("image")}:v2`),
    exit: 11,
    code: "MANIFEST_NOT_FOUND",
  },
  {
    name: "of two images one that is not there leaves the other unsigned",
    words: (at) => sign(at, image(at), `oci:${at("image")}:v2`),
    exit: 11,
    code: "MANIFEST_NOT_FOUND",
  },
  {
    name: "a layer's blob is missing",
    arrange: (at) => rmSync(layerOf(at)),
    words: (at) => sbom(at, image(at)),
    exit: 2,
    code: "BLOB_NOT_FOUND",
  },
  {
    name: "a layer's blob was changed",
    arrange: (at) => changeByte(layerOf(at)),
    words: (at) => scan(at, image(at)),
    exit: 1,
    code: "BLOB_DIGEST_MISMATCH",
  },
  {
    name: "the index's blob was changed",
    arrange: (at) => writeFileSync(indexOf(at), readFileSync(indexOf(at), "utf8").replace("amd64", "amd46")),
    words: (at) => sign(at, image(at)),
    exit: 1,
    code: "BLOB_DIGEST_MISMATCH",
  },
  {
    name: "a changed layer denies a check, which writes the reason",
    arrange: (at) => changeByte(layerOf(at)),
    words: (at) => check(at, image(at), "-o", "json"),
    exit: 1,
    code: null,
    says: /BLOB_DIGEST_MISMATCH/,
  },
]);

table("layers", [
  {
    name: "a path with ..",
    arrange: (at) => writeHostileLayout(at("hostile"), hostileTar([{ path: "app/../../escaped", content: "x" }])),
    words: (at) => sbom(at, image(at, "hostile")),
    exit: 1,
    code: "LAYER_UNSAFE",
  },
  {
    name: "a hard link out of the image",
    arrange: (at) =>
      writeHostileLayout(at("hostile"), hostileTar([{ path: "app/package.json", linkTo: "../../etc/passwd" }])),
    words: (at) => sbom(at, image(at, "hostile")),
    exit: 1,
    code: "LAYER_UNSAFE",
  },
  {
    name: "a decompression bomb",
    arrange: (at) => writeHostileLayout(at("hostile"), bombTar(80 * 1024 * 1024)),
    words: (at) => sbom(at, image(at, "hostile")),
    exit: 2,
    code: "DECOMPRESSION_LIMIT",
  },
  {
    name: "an archive that is cut",
    arrange: (at) => writeHostileLayout(at("hostile"), hostileTar([{ path: "app/a", content: "x" }]).subarray(0, 600)),
    words: (at) => scan(at, image(at, "hostile")),
    exit: 2,
    code: "ARCHIVE_INVALID",
  },
]);

table("files", [
  {
    name: "a lock file that is not JSON",
    arrange: (at) => writeTree(at("app"), { "package-lock.json": "{ not json" }),
    words: (at) => sbom(at, at("app")),
    exit: 2,
    code: "LOCKFILE_INVALID",
    says: /package-lock\.json/,
  },
  {
    name: "a missing artifact is not looked for in a registry",
    words: (at) => ["--offline", ...sbom(at, at("nosuch", "package-lock.json"))],
    exit: 2,
    code: "FILE_NOT_FOUND",
  },
  {
    name: "a database that is not there is not made by a scan",
    arrange: (at) => rmSync(at("db.sqlite")),
    words: (at) => scan(at, image(at)),
    exit: 2,
    code: "FILE_NOT_FOUND",
  },
  {
    name: "a database that is none",
    arrange: (at) => writeTree(at(), { "db.sqlite": "not a database, but long enough to be looked at ".repeat(50) }),
    words: (at) => scan(at, image(at)),
    exit: 2,
    code: "DATABASE_INVALID",
  },
  {
    name: "an advisory that is none imports nothing of the others",
    arrange: (at) => writeTree(at("advisories"), { "two.json": { id: 1, affected: [] } }),
    words: (at) => ["db", "import", "--database", at("db.sqlite"), at("advisories")],
    exit: 2,
    code: "DOCUMENT_INVALID",
    says: /two\.json/,
  },
  {
    name: "a VEX document that is cut",
    arrange: (at) => writeTree(at(), { "vex.json": '{"@context": "https://openvex.dev/ns/v0.2.0", ' }),
    words: (at) => [...scan(at, image(at)), "--vex", at("vex.json")],
    exit: 2,
    code: "JSON_INVALID",
    says: /vex\.json/,
  },
  {
    name: "a predicate that is not JSON",
    arrange: (at) => writeTree(at(), { "predicate.json": "nothing" }),
    words: (at) => [
      "attest",
      "--key",
      at("cosign.key"),
      "--predicate",
      at("predicate.json"),
      "--type",
      "openvex",
      image(at),
    ],
    exit: 2,
    code: "JSON_INVALID",
    says: /predicate\.json/,
  },
  {
    name: "a decision about nothing that was found",
    arrange: async (at) => {
      await runAmap(["scan", image(at), "--database", at("db.sqlite"), "-o", "cosign-vuln", "--file", at("scan.json")]);
      writeTree(at(), {
        "decisions.yaml": "- vulnerability: OTHER-1\n  status: fixed\n",
      });
    },
    words: (at) => [
      "vex",
      "create",
      at("scan.json"),
      "--author",
      "me",
      "--product",
      digest,
      "--decisions",
      at("decisions.yaml"),
      "--file",
      at("out.json"),
    ],
    exit: 2,
    code: "DOCUMENT_INVALID",
    says: /OTHER-1/,
  },
  {
    name: "an output folder that is not there",
    words: (at) => ["sbom", image(at), "--file", at("nosuch", "out.json")],
    exit: 2,
    code: "FILE_NOT_FOUND",
  },
  {
    name: "a produce configuration with an unknown field",
    arrange: (at) => writeTree(at(), { "produce.yaml": "keys: a\n" }),
    words: (at) => ["produce", "--config", at("produce.yaml"), image(at)],
    exit: 2,
    code: "VALUE_INVALID",
    says: /keys: unknown field/,
  },
  {
    name: "a demo in a folder that no demo made",
    words: (at) => ["demo", "--directory", at("app")],
    exit: 2,
    code: "USAGE",
  },
]);

table("keys", [
  {
    name: "the wrong password",
    words: (at) => sign(at, image(at)),
    env: { COSIGN_PASSWORD: "wrong" },
    exit: 2,
    code: "KEY_PASSWORD",
    says: /cosign\.key/,
  },
  {
    name: "no password",
    words: (at) => sign(at, image(at)),
    env: { COSIGN_PASSWORD: undefined },
    exit: 2,
    code: "KEY_PASSWORD",
    says: /COSIGN_PASSWORD/,
  },
  {
    name: "a private key that is cut",
    arrange: (at) => cut(at("cosign.key")),
    words: (at) => sign(at, image(at)),
    exit: 2,
    code: "KEY_INVALID",
    says: /cosign\.key/,
  },
  {
    name: "a public key where a private one is needed",
    words: (at) => ["sign", "--key", at("cosign.pub"), image(at)],
    exit: 2,
    code: "KEY_INVALID",
    says: /cosign\.pub.*(?:\n.*)*\.key file/,
  },
  {
    name: "a private key where a public one is needed",
    words: (at) => ["verify", "--key", at("cosign.key"), LOG, image(at)],
    exit: 2,
    code: "KEY_INVALID",
    says: /cosign\.key: expected a public key/,
  },
  {
    name: "a public key that is cut shows before any registry is asked",
    arrange: (at) => cut(at("cosign.pub")),
    words: (at) => verify(at, "127.0.0.1:1/shop:v1"),
    exit: 2,
    code: "KEY_INVALID",
    says: /cosign\.pub/,
  },
  {
    name: "a key in a KMS",
    words: (at) => ["sign", "--key", "awskms://alias/x", image(at)],
    exit: 2,
    code: "NOT_SUPPORTED",
  },
  {
    name: "a summary's key with the wrong password shows before the check",
    words: (at) => check(at, ...vsa(at), image(at)),
    env: { COSIGN_PASSWORD: "wrong" },
    exit: 2,
    code: "KEY_PASSWORD",
  },
]);

const changePolicy = (at: At, change: (text: string) => string): void =>
  writeFileSync(at("policy.json"), change(readFileSync(at("policy.json"), "utf8")));

table("policies", [
  {
    name: "an unknown field, with the one that was meant",
    arrange: (at) => changePolicy(at, (text) => text.replace('"validationActions"', '"validationAction"')),
    words: (at) => check(at, image(at)),
    exit: 2,
    code: "POLICY_INVALID",
    says: /validationAction".*did you mean validationActions\?/,
  },
  {
    name: "an expression that cannot be compiled, with its place",
    arrange: (at) => changePolicy(at, (text) => text.replace("> 0)", "> 0) &&")),
    words: (at) => check(at, image(at)),
    exit: 2,
    code: "EXPRESSION_INVALID",
    says: /spec\.validations\[0\]\.expression.*1:\d+/,
  },
  {
    name: "an expression that fails denies, with its place",
    arrange: (at) => changePolicy(at, (text) => text.replace(/"expression":"[^"]*"/, '"expression":"[1][3] == 1"')),
    words: (at) => check(at, image(at), "-o", "json"),
    exit: 1,
    code: null,
    says: /EXPRESSION_FAILED/,
  },
  {
    name: "another digest than the pinned one",
    words: (at) => ["check", "--policy", `${at("policy.json")}@${digestOf(encodeUtf8("another"))}`, image(at)],
    exit: 1,
    code: "POLICY_DIGEST_MISMATCH",
  },
  {
    name: "a missing file",
    words: (at) => ["check", "--policy", at("nosuch.yaml"), image(at)],
    exit: 2,
    code: "FILE_NOT_FOUND",
  },
  {
    name: "a folder without policies",
    words: (at) => ["check", "--policy", at("image", "blobs"), image(at)],
    exit: 2,
    code: "FILE_NOT_FOUND",
  },
  {
    name: "a link in a folder that leads nowhere is not a policy less",
    arrange: (at) => {
      writeTree(at("policies"), { "one.json": signaturePolicy({ publicKey }) });
      symlinkSync("nowhere", at("policies", "two.yaml"));
    },
    words: (at) => ["check", "--policy", at("policies"), image(at)],
    exit: 2,
    code: "FILE_NOT_FOUND",
    says: /two\.yaml/,
  },
  {
    name: "a linked policy of a folder counts",
    arrange: (at) => {
      writeTree(at("policies"), { "readme.md": "none here" });
      symlinkSync(at("policy.json"), at("policies", "one.YML"));
    },
    words: (at) => ["check", "--policy", at("policies"), image(at), "-o", "json"],
    exit: 1,
    code: null,
    says: /not signed by the builder/,
  },
  {
    name: "a summary of two policy files",
    arrange: (at) => writeTree(at(), { "other.json": signaturePolicy({ publicKey, name: "other" }) }),
    words: (at) => check(at, "--policy", at("other.json"), ...vsa(at), image(at)),
    exit: 2,
    code: "USAGE",
    says: /one policy file/,
  },
]);

const resources = (name: string, document: unknown, end: Pick<BadInput, "exit" | "code" | "says">): BadInput => ({
  name,
  arrange: (at) => writeTree(at(), { "in.yaml": typeof document === "string" ? document : JSON.stringify(document) }),
  words: (at) => check(at, "--image-source", `registry.example/shop=oci:${at("image")}`, at("in.yaml"), "-o", "json"),
  ...end,
});
const unsigned = pod("registry.example/shop:v1");
const { apiVersion: _, kind: __, ...untyped } = unsigned as Record<string, unknown>;
const DENIED = { exit: 1, code: null, says: /not signed by the builder/ } as const;
const REFUSED = { exit: 2, code: "VALUE_INVALID" } as const;

table("resources", [
  resources("a List is taken apart", { apiVersion: "v1", kind: "List", items: [unsigned] }, DENIED),
  resources("a PodList is taken apart", { apiVersion: "v1", kind: "PodList", items: [unsigned] }, DENIED),
  resources("items of a PodList are Pods", { apiVersion: "v1", kind: "PodList", items: [untyped] }, DENIED),
  resources(
    "a List in a List",
    { apiVersion: "v1", kind: "List", items: [{ apiVersion: "v1", kind: "List", items: [unsigned] }] },
    DENIED,
  ),
  resources("items of a List without a type", { apiVersion: "v1", kind: "List", items: [untyped] }, REFUSED),
  resources("a List whose items are no list", { apiVersion: "v1", kind: "List", items: { a: unsigned } }, REFUSED),
  resources("a List without items", { apiVersion: "v1", kind: "List" }, REFUSED),
  resources("items in what is no list", { apiVersion: "v1", kind: "Other", items: [unsigned] }, REFUSED),
  resources("a list of nothing", { apiVersion: "v1", kind: "PodList", items: null }, REFUSED),
  resources(
    "lists nested without end",
    Array.from({ length: 40 }).reduce<object>(
      (inner) => ({ apiVersion: "v1", kind: "List", items: [inner] }),
      unsigned,
    ),
    { exit: 2, code: "LIMIT_EXCEEDED" },
  ),
  resources("a Pod without apiVersion", { ...untyped, kind: "Pod" }, { ...REFUSED, says: /apiVersion/ }),
  resources("a Pod with an empty apiVersion", { ...unsigned, apiVersion: "" }, REFUSED),
  resources("a Pod without kind", { ...untyped, apiVersion: "v1" }, { ...REFUSED, says: /kind/ }),
  resources("text", "just text", REFUSED),
  resources("an empty file", "", REFUSED),
  resources("a file of comments", "# nothing\n---\n", REFUSED),
  resources("YAML that is none", "a: [", { exit: 2, code: "YAML_INVALID", says: /in\.yaml/ }),
  {
    name: "a manifest cannot read this machine's disk",
    arrange: (at) => writeTree(at(), { "in.yaml": JSON.stringify(pod(image(at))) }),
    words: (at) => ["--offline", ...check(at, at("in.yaml"), "-o", "json")],
    exit: 1,
    code: null,
    says: /REFERENCE_INVALID/,
  },
  {
    name: "a missing manifest is not looked for in a registry",
    words: (at) => ["--offline", ...check(at, "nosuch.yaml")],
    exit: 2,
    code: "FILE_NOT_FOUND",
  },
  {
    name: "a linked manifest is read",
    arrange: (at) => symlinkSync("pod.json", at("linked")),
    words: (at) => ["--offline", ...check(at, at("linked"), "-o", "json")],
    exit: 1,
    code: null,
    says: /OFFLINE/,
  },
  {
    name: "an empty file for apply",
    arrange: (at) => writeTree(at(), { "in.yaml": "" }),
    words: (at) => ["apply", at("policy.json"), "-r", at("in.yaml")],
    ...REFUSED,
  },
]);

table("words and flags", [
  { name: "no verb that is known", words: () => ["sing"], exit: 2, code: null, says: /unknown command 'sing'/ },
  { name: "an unknown flag", words: (at) => sign(at, "--kye", "x", image(at)), exit: 2, code: null, says: /--kye/ },
  { name: "a missing argument", words: () => ["tree"], exit: 2, code: null },
  { name: "a missing key", words: (at) => ["sign", image(at)], exit: 2, code: "USAGE", says: /--key/ },
  {
    name: "an output format that is none",
    words: (at) => ["sbom", image(at), "-o", "xml", "--file", at("out.json")],
    exit: 2,
    code: "USAGE",
    says: /cyclonedx-json/,
  },
  {
    name: "a severity that is none shows before the scan",
    words: (at) => [...scan(at, "127.0.0.1:1/shop"), "--fail-on", "worst"],
    exit: 2,
    code: "USAGE",
  },
  {
    name: "no workers",
    words: (at) => verify(at, "--max-workers", "0", image(at)),
    exit: 2,
    code: "USAGE",
  },
  {
    name: "a log of which no trusted root is known",
    words: (at) => ["verify", "--key", at("cosign.pub"), image(at)],
    exit: 2,
    code: "USAGE",
    says: /--insecure-ignore-tlog/,
  },
  {
    name: "a log that nothing names",
    words: (at) => sign(at, "--tlog-upload", image(at)),
    exit: 2,
    code: "USAGE",
  },
  {
    name: "a cosign flag that is not supported",
    words: (at) => sign(at, "--fulcio-url", "https://fulcio.example", image(at)),
    exit: 2,
    code: "NOT_SUPPORTED",
    says: /--fulcio-url/,
  },
  {
    name: "claims that are not to be checked",
    words: (at) => verify(at, "--check-claims=false", image(at)),
    exit: 2,
    code: "NOT_SUPPORTED",
  },
  {
    name: "a summary without its key shows before the check",
    words: (at) => check(at, "--vsa", at("out.vsa"), "127.0.0.1:1/shop"),
    exit: 2,
    code: "USAGE",
    says: /--vsa-key/,
  },
  {
    name: "a summary's key without a summary",
    words: (at) => check(at, "--vsa-key", at("cosign.key"), image(at)),
    exit: 2,
    code: "USAGE",
  },
  {
    name: "an annotation without a value",
    words: (at) => sign(at, "-a", "team", image(at)),
    exit: 2,
    code: "USAGE",
  },
  {
    name: "an artifact that check does not look at",
    words: (at) => check(at, `dir:${at("app")}`),
    exit: 2,
    code: "NOT_SUPPORTED",
  },
  {
    name: "an image reference that is none",
    words: (at) => verify(at, "UPPER/Case"),
    exit: 2,
    code: "REFERENCE_INVALID",
  },
  {
    name: "a duration that is none",
    words: (at) => verify(at, "--timeout", "soon", "127.0.0.1:1/shop"),
    exit: 2,
    code: "USAGE",
  },
]);

/** Answers every request with this fault. */
const refusing = (fault: Fault) => startRegistryServer({ fault: () => fault });
const answer = (status: number, headers: Record<string, string> = {}): Fault => ({ kind: "answer", status, headers });

interface RefusingRegistry {
  readonly name: string;
  readonly fault: Fault;
  readonly words?: readonly string[];
  readonly code: string;
}

describe("registries", () => {
  const rows: readonly RefusingRegistry[] = [
    { name: "refuses the credentials", fault: answer(401), code: "REGISTRY_UNAUTHORIZED" },
    { name: "forbids", fault: answer(403), code: "REGISTRY_FORBIDDEN" },
    { name: "fails", fault: answer(500), code: "REGISTRY_FAILED" },
    { name: "asks to slow down", fault: answer(429, { "retry-after": "3600" }), code: "REGISTRY_RATE_LIMITED" },
    { name: "never answers", fault: { kind: "hang" }, words: ["--timeout", "300ms"], code: "TIMEOUT" },
  ];
  for (const { name, fault, words = [], code } of rows) {
    test(`one that ${name} fails signing and verifying with 3, and denies a check of a manifest`, async () => {
      const server = await refusing(fault);
      try {
        const at: At = (...names) => join(good, ...names);
        const name = `${server.host}/shop:v1`;
        const before = snapshot(good);
        const commands = [sign(at, ...words, name), verify(at, ...words, name), check(at, ...words, name)];
        for (const ended of await Promise.all(commands.map((command) => runAmap(command)))) {
          assert.deepEqual([ended.exit, ended.code], [3, code], ended.stderr);
        }
        const manifest = join(cases, `${code}.json`);
        writeFileSync(manifest, JSON.stringify(pod(name)));
        const denied = await runAmap(check(at, ...words, manifest, "-o", "json"));
        assert.equal(denied.exit, 1);
        assert.equal(JSON.parse(denied.stdout).resources[0].rules[0].code, code);
        assert.deepEqual(snapshot(good), before);
      } finally {
        await server.close();
      }
    });
  }

  test("one that is not there is unreachable", async () => {
    const at: At = (...names) => join(good, ...names);
    for (const command of [
      sign(at, "127.0.0.1:1/shop"),
      verify(at, "127.0.0.1:1/shop"),
      sbom(at, "127.0.0.1:1/shop"),
    ]) {
      const before = snapshot(good);
      const ended = await runAmap(command);
      assert.deepEqual([ended.exit, ended.code], [3, "REGISTRY_UNREACHABLE"], ended.stderr);
      assert.deepEqual(snapshot(good), before);
    }
  });

  test("one that takes no writes is left as it was", async () => {
    const server = await startRegistryServer({
      fault: ({ method }) => (method === "GET" || method === "HEAD" ? undefined : answer(403)),
    });
    try {
      const tags = await upload(server);
      for (const form of ["true", "false"]) {
        const words = sign((...names) => join(good, ...names), `--new-bundle-format=${form}`, `${server.host}/shop:v1`);
        const ended = await runAmap(words);
        assert.deepEqual([ended.exit, ended.code], [3, "REGISTRY_FORBIDDEN"], ended.stderr);
      }
      const { manifests, tags: left } = server.repository("shop");
      assert.deepEqual([...left], [...tags]);
      assert.equal(manifests.size, 3);
    } finally {
      await server.close();
    }
  });

  test("with --offline none gets a request, from any verb", async () => {
    const server = await startRegistryServer();
    try {
      await upload(server);
      const at: At = (...names) => join(good, ...names);
      const name = `${server.host}/shop:v1`;
      const commands: readonly (readonly string[])[] = [
        sign(at, name),
        verify(at, name),
        ["verify-attestation", "--key", at("cosign.pub"), LOG, name],
        ["attest", "--key", at("cosign.key"), "--predicate", at("predicate.json"), name],
        ["tree", name],
        sbom(at, name),
        scan(at, name),
        check(at, name),
      ];
      for (const words of commands) {
        const ended = await runAmap(["--offline", ...words]);
        assert.deepEqual([ended.exit, ended.code], [2, "OFFLINE"], `${words[0]}: ${ended.stderr}`);
      }
      const manifest = join(cases, "offline.json");
      writeFileSync(manifest, JSON.stringify(pod(name)));
      const denied = await runAmap(["--offline", ...check(at, manifest, "-o", "json")]);
      assert.deepEqual([denied.exit, JSON.parse(denied.stdout).resources[0].rules[0].code], [1, "OFFLINE"]);
      assert.deepEqual(server.requests, []);
    } finally {
      await server.close();
    }
  });
});

/** Puts the good image into a registry without a request; returns its tags. */
async function upload(server: RegistryServer): Promise<ReadonlyMap<string, string>> {
  const repository = server.repository("shop");
  for (const path of blobsOf(join(good, "image"))) {
    const text = readFileSync(path, "latin1");
    const mediaType = /"mediaType":"([^"]*(?:manifest|index)\.v1\+json)"/.exec(text)?.[1];
    if (mediaType === undefined) repository.blobs.set(`sha256:${path.slice(-64)}`, new Uint8Array(readFileSync(path)));
    else repository.putManifest(new Uint8Array(readFileSync(path)), mediaType);
  }
  repository.tags.set("v1", digest);
  return new Map(repository.tags);
}
