/**
 * Real servers for keyless material: Fulcio, Rekor v2 and the timestamp authority, with a local certificate log and local
 * issuers of tokens; docker-registry and a registry with the referrers API; cosign as the signer. Rekor v1, which needs a
 * database, is the local one.
 */
import { spawn } from "node:child_process";
import { createPublicKey, randomUUID } from "node:crypto";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CODE_SIGNING, createAuthority } from "../../../src/testing/sigstore/certificates.ts";
import { createCtLog } from "../../../src/testing/sigstore/ct-log.ts";
import { pem } from "../../../src/testing/sigstore/der-values.ts";
import { createTestKey, type TestKey } from "../../../src/testing/sigstore/keys.ts";
import { serveCtLog } from "../../../src/testing/sigstore/services/ct-log-service.ts";
import { openHttpService } from "../../../src/testing/sigstore/services/http-service.ts";
import {
  type IdentityProvider,
  openIdentityProvider,
} from "../../../src/testing/sigstore/services/identity-provider.ts";
import { serveRekorV1 } from "../../../src/testing/sigstore/services/rekor-v1-service.ts";
import { createRekorV1 } from "../../../src/testing/sigstore/transparency-log.ts";
import { findCosign, findRegistry, startRegistry } from "../../../tools/peers/peers.ts";
import { findSigstore, startReferrersRegistry, startSigstore } from "../../../tools/peers/sigstore.ts";

const DAY_MS = 86_400_000;

/** How a program ended. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Stage {
  readonly urls: { readonly fulcio: string; readonly rekor: string; readonly rekorV1: string; readonly tsa: string };
  /** `127.0.0.1:PORT` of each registry. */
  readonly registries: { readonly fallback: string; readonly referrers: string };
  /** Issues tokens for e-mail addresses. */
  readonly people: IdentityProvider;
  /** Issues tokens as GitHub does. */
  readonly workflows: IdentityProvider;
  /** Where all files are, and where programs run. */
  readonly folder: string;
  /** Names in the folder. */
  readonly files: typeof FILES;
  /** Writes a file of the folder and returns its path. */
  write(name: string, content: string | Uint8Array): string;
  cosign(...words: readonly string[]): Promise<Ended>;
  /** With more variables. */
  cosignWith(env: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<Ended>;
  /** Where the program is. */
  readonly cosignPath: string;
  run(program: string, words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  close(): Promise<void>;
}

const FILES = {
  trustedRoot: "root.json",
  signingConfig: "signing-config.json",
  signingConfigV1: "signing-config-v1.json",
  privateKey: "cosign.key",
  publicKey: "cosign.pub",
  otherPublicKey: "other.pub",
} as const;

/** Starts everything; takes about a second. */
export async function openStage(): Promise<Stage> {
  const programs = findSigstore({ install: false });
  const cosign = findCosign({ install: false });
  const registryProgram = findRegistry({ install: false });
  if (programs === undefined || cosign === undefined || registryProgram === undefined) {
    throw new Error("a program is missing; `npm run e2e -- command-line` installs it");
  }
  const closers: (() => Promise<void> | void)[] = [];
  const keep = <T>(thing: T, close: (thing: T) => Promise<void> | void): T => {
    closers.unshift(() => close(thing));
    return thing;
  };
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0)) await closer();
  };
  try {
    const folder = mkdtempSync(join(tmpdir(), "amap-stage-"));
    const clear = (): void => rmSync(folder, { recursive: true, force: true });
    process.once("exit", clear);
    closers.push(() => {
      clear();
      process.off("exit", clear);
    });
    const people = keep(await openIdentityProvider(Date.now), (provider) => provider.close());
    const workflows = keep(await openIdentityProvider(Date.now), (provider) => provider.close());
    const parts = createParts();
    const ctLog = keep(await openHttpService(), (service) => service.close());
    ctLog.serve(serveCtLog(parts.ctLog, Date.now));
    const rekorV1 = keep(await openHttpService(), (service) => service.close());
    const logV1 = createRekorV1({ baseUrl: rekorV1.origin, earlierLeaves: 3 });
    rekorV1.serve(serveRekorV1(logV1, Date.now));
    const real = keep(
      await startSigstore(programs, {
        authorityChainPem: parts.chainPem,
        authorityKeyPem: privatePem(parts.issuerKey),
        emailIssuer: people.issuer,
        workflowIssuer: workflows.issuer,
        ctLogUrl: ctLog.origin,
        ctLogKeyPem: parts.ctLog.key.pem,
        rekorKeyPem: privatePem(parts.rekorKey),
      }),
      (running) => running.stop(),
    );
    const registry = keep(await startRegistry(registryProgram), (running) => running.stop());
    const referrers = keep(await startReferrersRegistry(programs.referrersRegistry), (running) => running.stop());
    const run = runner(folder);
    const stage: Stage = {
      urls: { fulcio: real.fulcio, rekor: real.rekor, rekorV1: rekorV1.origin, tsa: real.tsa },
      registries: { fallback: registry.host, referrers: referrers.host },
      people,
      workflows,
      folder,
      files: FILES,
      write: (name, content) => {
        // In one step: tests that run at once write the same predicate and tokens, while another's cosign reads them.
        const path = join(folder, name);
        const beside = `${path}.${randomUUID()}`;
        writeFileSync(beside, content);
        renameSync(beside, path);
        return path;
      },
      cosign: (...words) => run(cosign, words),
      cosignWith: (env, ...words) => run(cosign, words, env),
      cosignPath: cosign,
      run,
      close,
    };
    await writeTrust(stage, parts, logV1.key, ctLog.origin);
    await succeed(stage.cosign("generate-key-pair"));
    stage.write(FILES.otherPublicKey, createTestKey().pem);
    return stage;
  } catch (error) {
    await close();
    throw error;
  }
}

interface Parts {
  readonly ctLog: ReturnType<typeof createCtLog>;
  readonly issuerKey: TestKey;
  readonly chainPem: string;
  readonly rekorKey: TestKey;
}

/** The keys and certificates that the servers are given. */
function createParts(): Parts {
  const validity = { notBefore: Date.now() - DAY_MS, notAfter: Date.now() + 365 * DAY_MS };
  const root = createAuthority({
    ...validity,
    commonName: "e2e root",
    key: createTestKey("ecdsa-p384"),
    pathLength: 1,
  });
  const issuer = createAuthority(
    {
      ...validity,
      commonName: "e2e intermediate",
      key: createTestKey("ecdsa-p384"),
      pathLength: 0,
      purpose: CODE_SIGNING,
    },
    root,
  );
  return {
    ctLog: createCtLog(),
    issuerKey: issuer.key,
    chainPem: [issuer, root].map(({ certificate }) => pem("CERTIFICATE", certificate)).join(""),
    rekorKey: createTestKey("ed25519"),
  };
}

const privatePem = (key: TestKey): string => key.privateKey.export({ type: "pkcs8", format: "pem" }) as string;

/** The trusted root and the signing configs, made by cosign. */
async function writeTrust(stage: Stage, parts: Parts, keyV1: TestKey, ctLogUrl: string): Promise<void> {
  const { urls, files } = stage;
  const start = new Date(Date.now() - DAY_MS / 2).toISOString().replace(/\.\d+Z$/, "Z");
  const tsaChain = await (await fetch(`${urls.tsa}/certchain`)).text();
  const rekorPub = createPublicKey(parts.rekorKey.pem).export({ type: "spki", format: "pem" }) as string;
  const common = `start-time=${start}`;
  await succeed(
    stage.cosign(
      "trusted-root",
      "create",
      `--fulcio=url=${urls.fulcio},certificate-chain=${stage.write("fulcio.pem", parts.chainPem)},${common}`,
      `--ctfe=url=${ctLogUrl},public-key=${stage.write("ct-log.pub", parts.ctLog.key.pem)},${common}`,
      `--rekor=url=${urls.rekor},public-key=${stage.write("rekor.pub", rekorPub)},${common},origin=127.0.0.1`,
      `--rekor=url=${urls.rekorV1},public-key=${stage.write("rekor-v1.pub", keyV1.pem)},${common}`,
      `--tsa=url=${urls.tsa},certificate-chain=${stage.write("tsa.pem", tsaChain)},${common}`,
      "--out",
      files.trustedRoot,
    ),
  );
  const service = (url: string, version: number): string =>
    `url=${url},api-version=${version},${common},operator=e2e.test`;
  for (const [name, rekor] of [
    [files.signingConfig, service(urls.rekor, 2)],
    [files.signingConfigV1, service(urls.rekorV1, 1)],
  ] as const) {
    await succeed(
      stage.cosign(
        "signing-config",
        "create",
        `--fulcio=${service(urls.fulcio, 1)}`,
        `--oidc-provider=${service(stage.people.issuer, 1)}`,
        `--rekor=${rekor}`,
        "--rekor-config=ANY",
        `--tsa=${service(urls.tsa, 1)}`,
        "--tsa-config=ANY",
        "--out",
        name,
      ),
    );
  }
}

/** A program's end, when it ended well. */
export async function succeed(ended: Promise<Ended>): Promise<Ended> {
  const { status, stdout, stderr } = await ended;
  if (status !== 0) throw new Error(`exit ${status}\n${stderr}\n${stdout}`);
  return { status, stdout, stderr };
}

/** Runs programs without blocking this process, which answers them. */
function runner(folder: string): Stage["run"] {
  const env = { ...process.env, HOME: folder, NO_COLOR: "1", COSIGN_PASSWORD: "e2e", SIGSTORE_NO_CACHE: "true" };
  return (program, words, more = {}) =>
    new Promise((resolve, reject) => {
      const child = spawn(program, words, { cwd: folder, env: { ...env, ...more }, stdio: ["ignore", "pipe", "pipe"] });
      let [stdout, stderr] = ["", ""];
      child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
      child.once("error", reject);
      child.once("close", (status) => resolve({ status, stdout, stderr }));
    });
}
