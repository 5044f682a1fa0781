import {
  attachDocuments,
  cleanSuperseded,
  describeDecisions,
  encodeVex,
  nameWithDigest,
  type OpenImage,
  openImage,
  openSigner,
  parseImageTarget,
  predicatesOf,
  produceDocuments,
  readDecisions,
  readProduceConfiguration,
  readProvenance,
  readScan,
  toJsonBytes,
  writeDocuments,
} from "../../app/index.ts";
import { AmapError, decodeUtf8, isDigest } from "../../base/index.ts";
import { VERSION } from "../../wiring/index.ts";
import { collect, requireText, textOf, textsOf } from "../flags.ts";
import type { Verb, VerbContext } from "../verb.ts";
import { openDatabase } from "./advisory-database.ts";
import { passwordOf } from "./keys.ts";

const TOOL = { name: "amap", version: VERSION };

async function put({ terminal, world }: VerbContext, bytes: Uint8Array, file: string | undefined): Promise<void> {
  if (file === undefined) terminal.result(decodeUtf8(bytes) ?? "");
  else await world.files.write(file, bytes);
}

/** `amap vex create`. */
export const vexCreate: Verb = {
  positional: ["<scan>"],
  registry: false,
  declare: (command) =>
    void command
      .requiredOption("--author <name>")
      .requiredOption("--product <purl-or-digest>", "what the statements speak about", collect)
      .option("--decisions <file>", "YAML or JSON list of {vulnerability, purl?, status, justification?, …}")
      .option("--file <file>", "write it there instead of standard output"),
  run: async (context, [path = ""], flags) => {
    const { world } = context;
    const products = textsOf(flags, "product");
    const digests = products.filter(isDigest);
    const purls = products.filter((product) => !isDigest(product));
    if (!purls.every((purl) => purl.startsWith("pkg:")))
      throw new AmapError("USAGE", "--product: expected a package URL (pkg:…) or a digest");
    const file = textOf(flags, "decisions");
    const document = describeDecisions(world, {
      scan: await readScan(world, path),
      product: { purls, digests },
      author: requireText(flags, "author", "--author"),
      decisions: file === undefined ? [] : await readDecisions(world, file),
      tooling: `${TOOL.name} ${TOOL.version}`,
    });
    await put(context, toJsonBytes(encodeVex(document)), textOf(flags, "file"));
    return 0;
  },
};

/** Of this signer alone, by the key that has just signed. */
async function removeSuperseded({ world, terminal }: VerbContext, image: OpenImage, pem: string): Promise<void> {
  const cleaned = await cleanSuperseded(world, image, { trust: { keys: [{ name: "the signing key", pem }] } });
  const removed = cleaned.filter(({ isKept }) => !isKept).length;
  if (removed > 0) terminal.note(`${nameWithDigest(image)}: ${removed} superseded attachments removed`);
}

/** `amap produce`. */
export const produce: Verb = {
  positional: ["<image>"],
  registry: true,
  declare: (command) =>
    void command.requiredOption(
      "--config <file>",
      "key, database, author; optional decisions, provenance, output, forms, supersede",
    ),
  run: async (context, [name = ""], flags) => {
    const { world, terminal } = context;
    const configuration = await readProduceConfiguration(world, requireText(flags, "config", "--config"));
    const signer = await openSigner(world, configuration.key, passwordOf(context));
    // All that the configuration names is read before the image is, which may take long.
    const decisions = configuration.decisions === undefined ? [] : await readDecisions(world, configuration.decisions);
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
        decisions,
        ...provenance,
      });
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
