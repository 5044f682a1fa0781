import { AmapError, type Digest, decodeUtf8, digestOf, encodeUtf8, LIMITS, readYaml } from "../../base/index.ts";
import type { Severity } from "../../metadata/index.ts";
import type { OciStorage, Signer } from "../../ports/index.ts";
import type { CheckReport } from "../../report/index.ts";
import { type BuiltImage, buildImage } from "../build-image.ts";
import { checkResources } from "../check.ts";
import { decisionsFor, readGivenDecisions } from "../decisions/given-decisions.ts";
import type { ImageTarget } from "../image-target.ts";
import { importAdvisories } from "../import-advisories.ts";
import { type OpenImage, openImage } from "../open-image.ts";
import { type LoadedPolicies, loadPolicies } from "../policies.ts";
import { attachDocuments, type ImageDocuments, predicatesOf, produceDocuments, writeDocuments } from "../produce.ts";
import { describeBuild } from "../provenance.ts";
import { createUuid, nowOf, type Tool } from "../sbom.ts";
import { generateKeyPair, openSigner } from "../signing/keys.ts";
import { signVerificationSummary } from "../verification-summary.ts";
import type { World } from "../world.ts";
import { storefrontImage } from "./storefront.ts";
import { TWINS, type Twin } from "./twins.ts";

/** The name under which the demo's image is known; it lives in a layout on disk. */
const REPOSITORY = { registry: "registry.example", repository: "storefront" };
const IMAGE = `${REPOSITORY.registry}/${REPOSITORY.repository}`;
const TAG = "v1";

export interface DemoOptions {
  /** Folder that is made anew; what stood there is removed when a demo made it. */
  readonly directory: string;
  /** The examples of the package. */
  readonly examples: string;
  readonly tool: Tool;
  readonly password: string;
  /** Told of each step when it is done. */
  readonly onStep?: (step: DemoStep) => void;
}

/** One finished step of the chain. */
export interface DemoStep {
  readonly name: "artifact" | "metadata" | "attestation" | "policy" | "report";
  readonly text: string;
}

/** A bad twin with what the check said. */
export interface DemoTwin {
  readonly name: string;
  readonly fault: string;
  /** The rules that fail, and the code that must show. */
  readonly expected: { readonly fails: readonly string[]; readonly code?: string };
  readonly report: CheckReport;
  /** Denied, by exactly the expected rules, with the expected code. */
  readonly asExpected: boolean;
}

export interface DemoReport {
  readonly schema: "amap.demo/v1";
  readonly directory: string;
  readonly digest: Digest;
  readonly good: CheckReport;
  readonly twins: readonly DemoTwin[];
  readonly findings: Readonly<Partial<Record<Severity, number>>>;
  /** The good image allowed and every twin denied for its own reason. */
  readonly asExpected: boolean;
}

/**
 * Runs the whole chain on an image built on the spot: artifact, metadata, attestation, policy, report; then the same
 * check on bad twins. No network, no server, no container engine.
 * @throws {AmapError} USAGE when the folder holds something that no demo made; and of the steps
 */
export async function runDemo(world: World, options: DemoOptions): Promise<DemoReport> {
  const { directory, examples, onStep = () => {} } = options;
  await prepareDirectory(world, directory);
  const startedOn = nowOf(world);
  const layout = `${directory}/image`;
  const { built, image } = await buildInto(world, layout, examples);
  onStep({
    name: "artifact",
    text: `built ${IMAGE}:${TAG} for ${built.platforms.length} platforms into ${layout}: ${built.index.digest}`,
  });

  const provenance = describeBuild(built, {
    builderId: "urn:amap:builder:demo",
    builderVersion: options.tool.version,
    invocationId: `urn:uuid:${createUuid(world)}`,
    startedOn,
    finishedOn: nowOf(world),
    externalParameters: {
      layers: ["examples/storefront/base", "examples/storefront"],
      platforms: ["linux/amd64", "linux/arm64"],
    },
  });
  // The example lies in no repository of its maintainers, so that nothing of git can prove who approved.
  const approvals = { mode: "stated", forgeData: [], people: [] } as const;
  const given = await readGivenDecisions(world, `${examples}/vex-decisions.yaml`, approvals);
  const database = await world.openAdvisoryDatabase(`${directory}/advisories.db`);
  let documents: ImageDocuments;
  let advisories: number;
  try {
    advisories = (await importAdvisories(world, database, [`${examples}/advisories`])).written;
    documents = await produceDocuments(world, image, {
      tool: options.tool,
      database,
      vexAuthor: "storefront maintainers",
      decisions: given,
      provenance,
    });
  } finally {
    await database.close();
  }
  const files = await writeDocuments(world, documents, `${directory}/documents`);
  onStep({
    name: "metadata",
    text: `${documents.sbom.components.length} components, ${documents.scan.findings.length} findings against ${advisories} advisories, ${documents.vex.statements.length} VEX statements; ${directory}/documents: ${files.join(", ")}`,
  });

  const builder = await makeKey(world, `${directory}/cosign`, options.password);
  const verifier = await makeKey(world, `${directory}/verifier`, options.password);
  const stranger = await world.keys.open(await world.keys.generate());
  const predicates = predicatesOf(documents);
  await attachDocuments(world, image, builder, predicates, ["bundle", "tag"]);
  onStep({
    name: "attestation",
    text: `signed the image and ${predicates.map(({ name }) => name).join(", ")} with ${directory}/cosign.key, as bundles and under cosign's tags`,
  });

  const policies = await writePolicy(world, directory, examples, builder);
  const good = await checkDeployment(world, { directory, examples, layout, policies, digest: built.index.digest });
  onStep({ name: "policy", text: `${directory}/policy.yaml: the image is ${good.allowed ? "allowed" : "denied"}` });

  const summary = await signVerificationSummary(
    good,
    { name: `${IMAGE}@${built.index.digest}`, digest: built.index.digest },
    verifier,
    { id: "urn:amap:verifier:demo", version: options.tool.version },
  );
  await world.files.write(`${directory}/vsa.sigstore.json`, summary);
  const product = { purls: [], digests: [built.index.digest] };
  const { decisions } = decisionsFor(world, given, { product, scan: documents.scan });
  const twins: DemoTwin[] = [];
  for (const twin of TWINS) {
    const twinLayout = `${directory}/twins/${twin.name}`;
    const { image: twinImage } = await buildInto(world, twinLayout, examples);
    await twin.make({
      world,
      image: twinImage,
      directory: twinLayout,
      documents,
      decisions,
      signer: builder,
      stranger,
    });
    const report = await checkDeployment(world, {
      directory,
      examples,
      layout: twinLayout,
      policies,
      digest: built.index.digest,
    });
    twins.push(judge(twin, report));
  }
  onStep({
    name: "report",
    text: `${twins.filter(({ asExpected }) => asExpected).length} of ${twins.length} bad twins denied for their own reason; signed summary: ${directory}/vsa.sigstore.json`,
  });
  return {
    schema: "amap.demo/v1",
    directory,
    digest: built.index.digest,
    good,
    twins,
    findings: good.resources[0]?.images[0]?.findings ?? {},
    asExpected: good.allowed && twins.every(({ asExpected }) => asExpected),
  };
}

/** Marks a folder as made by the demo, so that the next one may replace it. */
const MARKER = ".amap-demo";

async function prepareDirectory(world: World, directory: string): Promise<void> {
  const kind = await world.files.kindOf(directory);
  if (kind !== undefined && (await world.files.kindOf(`${directory}/${MARKER}`)) === undefined) {
    throw new AmapError("USAGE", `${directory} exists and was not made by a demo`, {
      hint: "Name another folder with --directory.",
    });
  }
  await world.files.remove(directory);
  await world.files.makeDirectory(directory);
  await world.files.write(`${directory}/${MARKER}`, encodeUtf8("Made by amap demo, which replaces this folder.\n"));
}

async function buildInto(
  world: World,
  directory: string,
  examples: string,
): Promise<{ built: BuiltImage; image: OpenImage; storage: OciStorage }> {
  const target: ImageTarget = { kind: "layout", directory, reference: TAG, name: REPOSITORY };
  const storage = await world.openStorage(target, { create: true });
  const built = await buildImage(world, storage, storefrontImage(examples, TAG));
  return { built, storage, image: await openImage(world, target) };
}

async function makeKey(world: World, prefix: string, password: string): Promise<Signer> {
  const { privateKeyPath } = await generateKeyPair(world, prefix, password);
  return openSigner(world, privateKeyPath, password);
}

/** Writes the example policy with the fresh public key in it, and loads it pinned by its digest. */
async function writePolicy(world: World, directory: string, examples: string, signer: Signer): Promise<LoadedPolicies> {
  const example =
    decodeUtf8(await world.files.read(`${examples}/policies/storefront.yaml`, LIMITS.documentBytes)) ?? "";
  const block = /^( *)-----BEGIN PUBLIC KEY-----\n[\s\S]*?-----END PUBLIC KEY-----$/m;
  const indent = block.exec(example)?.[1];
  if (indent === undefined) throw new AmapError("POLICY_INVALID", "the example policy holds no public key to replace");
  const pem = signer.publicKeyPem
    .trim()
    .split("\n")
    .map((line) => `${indent}${line}`)
    .join("\n");
  const bytes = encodeUtf8(example.replace(block, () => pem));
  const path = `${directory}/policy.yaml`;
  await world.files.write(path, bytes);
  return loadPolicies(world, [`${path}@${digestOf(bytes)}`]);
}

interface DeploymentCheck {
  readonly directory: string;
  readonly examples: string;
  readonly layout: string;
  readonly policies: LoadedPolicies;
  readonly digest: Digest;
}

/** Checks the example Deployment with the demo's image in it, by digest. */
async function checkDeployment(
  world: World,
  { directory, examples, layout, policies, digest }: DeploymentCheck,
): Promise<CheckReport> {
  const text = decodeUtf8(await world.files.read(`${examples}/policies/deployment.yaml`, LIMITS.documentBytes)) ?? "";
  const deployment = text.replace(/^( *image: )storefront$/m, (_, key: string) => `${key}${IMAGE}@${digest}`);
  await world.files.write(`${directory}/deployment.yaml`, encodeUtf8(deployment));
  const { report } = await checkResources(world, {
    policies,
    resources: readYaml(deployment),
    evidence: { sources: [{ repository: IMAGE, directory: layout }], verifyLayers: true },
  });
  return report;
}

function judge(twin: Twin, report: CheckReport): DemoTwin {
  const rules = report.resources.flatMap((resource) => resource.rules);
  const failing = rules.filter(({ status }) => status === "fail" || status === "error").map(({ rule }) => rule);
  const codes = new Set([
    ...rules.flatMap(({ code }) => (code === undefined ? [] : [code])),
    ...report.resources.flatMap((resource) =>
      resource.images.flatMap((image) => image.rejected.map(({ code }) => code)),
    ),
  ]);
  const sameRules = failing.length === twin.fails.length && twin.fails.every((rule) => failing.includes(rule));
  return {
    name: twin.name,
    fault: twin.fault,
    expected: { fails: twin.fails, ...(twin.code === undefined ? {} : { code: twin.code }) },
    report,
    asExpected: !report.allowed && sameRules && (twin.code === undefined || codes.has(twin.code)),
  };
}
