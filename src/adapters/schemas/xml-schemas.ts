import { AmapError, decodeXml, type Issue, LIMITS } from "../../base/index.ts";
import { readSchema } from "./schema-files.ts";

type Library = typeof import("libxml2-wasm");

/** Versions of CycloneDX with an XML schema. */
const VERSIONS: ReadonlySet<string> = new Set(["1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7"]);
/** What all of them import, and nothing else. */
const IMPORTED = "spdx.SNAPSHOT.xsd";
const IMPORTED_ADDRESS = "amap:///spdx.SNAPSHOT.xsd";

type Validator = InstanceType<Library["XsdValidator"]>;
let loaded: Promise<Library> | undefined;
const compiled = new Map<string, Promise<Validator>>();

/** What the official XML schema of a version finds wrong; undefined for a version without one. */
export async function validateXml(version: string, bytes: Uint8Array): Promise<readonly Issue[] | undefined> {
  if (!VERSIONS.has(version)) return undefined;
  if (bytes.length > LIMITS.schemaDocumentBytes) {
    const message = `expected a document of at most ${LIMITS.schemaDocumentBytes} bytes, found ${bytes.length}`;
    throw new AmapError("LIMIT_EXCEEDED", message);
  }
  // amap's own reader first: it refuses declarations of entities and what is nested too deeply, and never expands.
  const decoded = decodeXml(bytes);
  if (!decoded.ok) return decoded.issues;
  const library = await loadLibrary();
  let validator = compiled.get(version);
  if (validator === undefined) {
    validator = compileSchema(library, version);
    compiled.set(version, validator);
  }
  return holdAgainst(library, await validator, bytes);
}

function holdAgainst(library: Library, validator: Validator, bytes: Uint8Array): readonly Issue[] {
  const { XmlDocument, XmlLibError, ParseOption } = library;
  const option = ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE;
  try {
    const document = XmlDocument.fromBuffer(bytes, { option });
    try {
      validator.validate(document);
      return [];
    } finally {
      document.dispose();
    }
  } catch (error) {
    if (!(error instanceof XmlLibError)) throw error;
    return error.details
      .slice(0, LIMITS.schemaIssues)
      .map(({ message, line }): Issue => ({ code: "DOCUMENT_INVALID", path: `line ${line}`, message: tidy(message) }));
  }
}

/** Without the namespaces that the library repeats before each name, and at most a few lines long. */
function tidy(message: string): string {
  return message
    .trim()
    .replaceAll(/\{http[^}]{1,200}\}/g, "")
    .slice(0, 1_000);
}

async function loadLibrary(): Promise<Library> {
  loaded ??= (async () => {
    const library = await import("libxml2-wasm");
    // Nothing else can be opened: the library has neither a file system nor a network.
    library.xmlRegisterInputProvider(
      new library.XmlBufferInputProvider({ [IMPORTED_ADDRESS]: await readSchema(IMPORTED) }),
    );
    return library;
  })();
  return loaded;
}

async function compileSchema(library: Library, version: string): Promise<Validator> {
  const { XmlDocument, XsdValidator } = library;
  const bytes = await readSchema(`bom-${version}.SNAPSHOT.xsd`);
  const document = XmlDocument.fromBuffer(bytes, { url: `amap:///bom-${version}.SNAPSHOT.xsd` });
  try {
    return XsdValidator.fromDoc(document);
  } finally {
    document.dispose();
  }
}
