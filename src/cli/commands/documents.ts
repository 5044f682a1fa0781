import {
  type ApprovalOptions,
  attachDocuments,
  checkCsafFacts,
  cleanSuperseded,
  decisionsFor,
  describeDecisions,
  encodeVex,
  encodeVexAs,
  type GivenDecisions,
  nameWithDigest,
  type OpenImage,
  openImage,
  openSigner,
  type ProduceConfiguration,
  parseImageTarget,
  parseVexTarget,
  predicatesOf,
  produceDocuments,
  readGivenDecisions,
  readProduceConfiguration,
  readProvenance,
  readScan,
  toJsonBytes,
  type UsedDecisions,
  VEX_TARGETS,
  writeDocuments,
} from "../../app/index.ts";
import { AmapError, decodeUtf8, isDigest } from "../../base/index.ts";
import { VERSION } from "../../wiring/index.ts";
import { collect, requireText, textOf, textsOf } from "../flags.ts";
import type { Verb, VerbContext } from "../verb.ts";
import { openDatabase } from "./advisory-database.ts";
import { declarePublisher, readPublisher } from "./csaf-flags.ts";
import { declareApprovals, noteDecisions, readApprovalFlags } from "./decision-flags.ts";
import { passwordOf } from "./keys.ts";
import { noteLosses } from "./vex-convert.ts";

const TOOL = { name: "amap", version: VERSION };

async function put({ terminal, world }: VerbContext, bytes: Uint8Array, file: string | undefined): Promise<void> {
  if (file === undefined) terminal.result(decodeUtf8(bytes) ?? "");
  else await world.files.write(file, bytes);
}

/** `amap vex create`. */
export const vexCreate: Verb = {
  positional: ["<scan>"],
  registry: false,
  declare: (command) => {
    command
      .requiredOption("--author <name>")
      .requiredOption("--product <purl-or-digest>", "what the statements speak about", collect)
      .option("--decisions <file>", "decisions (kind Decisions), or a bare list of {vulnerability, purl?, status, …}")
      .option("-o, --output <format>", `${VEX_TARGETS.join(", ")} (default: openvex)`)
      .option("--file <file>", "write it there instead of standard output");
    declarePublisher(command);
    declareApprovals(command);
  },
  run: async (context, [path = ""], flags) => {
    const { world } = context;
    const target = parseVexTarget(textOf(flags, "output") ?? "openvex", "--output");
    const publisher = readPublisher(flags);
    if (target.format === "csaf") checkCsafFacts(target.version, publisher);
    const products = textsOf(flags, "product");
    const digests = products.filter(isDigest);
    const purls = products.filter((product) => !isDigest(product));
    if (!purls.every((purl) => purl.startsWith("pkg:")))
      throw new AmapError("USAGE", "--product: expected a package URL (pkg:…) or a digest");
    const file = textOf(flags, "decisions");
    const given = await readGiven(context, file, readApprovalFlags(flags));
    const [scan, product] = [await readScan(world, path), { purls, digests }];
    const { decisions, judged } = decisionsFor(world, given, { product, scan });
    noteGiven(context, given, judged);
    const document = describeDecisions(world, {
      scan,
      product,
      author: requireText(flags, "author", "--author"),
      decisions,
      tooling: `${TOOL.name} ${TOOL.version}`,
    });
    const { value, losses } =
      target.format === "openvex"
        ? { value: encodeVex(document), losses: [] }
        : await encodeVexAs(world, document, target, publisher);
    await put(context, toJsonBytes(value), textOf(flags, "file"));
    noteLosses(context, losses);
    return 0;
  },
};

/** Without a file: no decisions. */
async function readGiven(
  { world }: VerbContext,
  path: string | undefined,
  approvals: ApprovalOptions,
): Promise<GivenDecisions> {
  return path === undefined ? { kind: "list", decisions: [] } : readGivenDecisions(world, path, approvals);
}

function noteGiven(context: VerbContext, given: GivenDecisions, judged: UsedDecisions["judged"] | undefined): void {
  if (given.kind === "file" && judged !== undefined) noteDecisions(context, { file: given.loaded, judged });
}

/** Of this signer alone, by the key that has just signed. */
async function removeSuperseded({ world, terminal }: VerbContext, image: OpenImage, pem: string): Promise<void> {
  const cleaned = await cleanSuperseded(world, image, { trust: { keys: [{ name: "the signing key", pem }] } });
  const removed = cleaned.filter(({ isKept }) => !isKept).length;
  if (removed > 0) terminal.note(`${nameWithDigest(image)}: ${removed} superseded attachments removed`);
}

/** As the flags of the same names say it. */
function approvalsOf({ approvals, allowedSigners }: ProduceConfiguration): ApprovalOptions {
  return readApprovalFlags({ approvals, allowedSigners });
}

/** `amap produce`. */
export const produce: Verb = {
  positional: ["<image>"],
  registry: true,
  declare: (command) =>
    void command.requiredOption(
      "--config <file>",
      "key, database, author; optional decisions, approvals, allowedSigners, provenance, output, forms, supersede",
    ),
  run: async (context, [name = ""], flags) => {
    const { world, terminal } = context;
    const configuration = await readProduceConfiguration(world, requireText(flags, "config", "--config"));
    const signer = await openSigner(world, configuration.key, passwordOf(context));
    // All that the configuration names is read before the image is, which may take long.
    const given = await readGiven(context, configuration.decisions, approvalsOf(configuration));
    const provenance =
      configuration.provenance === undefined
        ? {}
        : { provenance: await readProvenance(world, configuration.provenance) };
    const target = parseImageTarget(name);
    const database = await openDatabase(world, configuration.database);
    try {
      const image = await openImage(world, target);
      const documents = await produceDocuments(world, image, {
        tool: TOOL,
        database,
        vexAuthor: configuration.author,
        decisions: given,
        ...provenance,
      });
      noteGiven(context, given, documents.judged);
      if (configuration.output !== undefined) await writeDocuments(world, documents, configuration.output);
      await attachDocuments(world, image, signer, predicatesOf(documents), configuration.forms);
      if (configuration.supersede) await removeSuperseded(context, image, signer.publicKeyPem);
      if (documents.provenance === undefined)
        terminal.note("No provenance was attested: only the one who built the image can state it (field provenance).");
      terminal.note(
        `${nameWithDigest(image)}: ${documents.sbom.components.length} components, ${documents.scan.findings.length} findings, signed and attested`,
      );
      return 0;
    } finally {
      await database.close();
    }
  },
};
