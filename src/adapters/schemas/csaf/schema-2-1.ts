/** A part of a JSON schema that is being changed. */
type Schema = Record<string, unknown>;

const EXTENSIONS = { $ref: "#/$defs/extensions_t" };
const TEXT = { type: "string", minLength: 1 };
const SEMANTIC_VERSION =
  "^(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)(?:-[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$";
const KEY = { type: "string", pattern: "^(?:[a-zA-Z0-9](?:[a-zA-Z0-9_]*[a-zA-Z0-9])?|T\\*)$" };

const RELATIONSHIPS = [
  "default_component_of",
  "external_component_of",
  "installed_on",
  "installed_with",
  "optional_component_of",
];

const RESOURCES = {
  type: "array",
  minItems: 1,
  items: {
    type: "object",
    required: ["uri", "summary"],
    properties: { uri: { type: "string", format: "uri", minLength: 1 }, summary: { type: "string" } },
    additionalProperties: false,
  },
};

/** A list of selected decision points of SSVC 2.0.0. */
const SSVC = {
  type: "object",
  required: ["timestamp", "schemaVersion", "selections"],
  properties: {
    timestamp: { type: "string", format: "date-time" },
    schemaVersion: { const: "2.0.0", type: "string" },
    target_ids: { type: "array", minItems: 1, uniqueItems: true, items: { type: "string" } },
    selections: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        required: ["namespace", "key", "version", "values"],
        properties: {
          namespace: { type: "string", minLength: 3, maxLength: 1000, pattern: "^[a-z][A-Za-z0-9_.#/$-]+$" },
          key: KEY,
          version: { type: "string", minLength: 5, pattern: SEMANTIC_VERSION },
          name: TEXT,
          definition: TEXT,
          values: {
            type: "array",
            minItems: 1,
            items: {
              type: "object",
              required: ["key"],
              properties: { key: KEY, name: TEXT, definition: TEXT },
              additionalProperties: false,
            },
          },
        },
        additionalProperties: false,
      },
    },
    decision_point_resources: RESOURCES,
    references: RESOURCES,
  },
  additionalProperties: false,
};

/** An extension; what its own schema, which would have to be fetched, says of its content is not looked at. */
const EXTENSION = {
  type: "object",
  required: ["$schema", "category", "critical", "content"],
  properties: {
    $schema: { type: "string", format: "uri", pattern: "^https://[^\\s]+_\\d+\\.\\d+\\.\\d+[^/\\s]*\\.json$" },
    category: { type: "string", enum: ["essential", "significant", "supplementary"] },
    content: { type: "object", minProperties: 1 },
    critical: { type: "boolean" },
  },
  additionalProperties: false,
};

const PRODUCT_PATH = {
  type: "object",
  required: ["beginning_product_reference", "full_product_name", "subpaths"],
  properties: {
    beginning_product_reference: { $ref: "#/$defs/product_id_t" },
    full_product_name: { $ref: "#/$defs/full_product_name_t" },
    subpaths: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        required: ["category", "next_product_reference"],
        properties: {
          category: { type: "string", enum: RELATIONSHIPS },
          next_product_reference: { $ref: "#/$defs/product_id_t" },
        },
        additionalProperties: false,
      },
    },
  },
  additionalProperties: false,
};

/**
 * The schema of CSAF 2.1 as of August 2026, made of the library's, which is an earlier draft: product paths took the place
 * of relationships, SSVC 2 that of SSVC 1, and extensions and severities in words came.
 */
export function toCurrentSchema(draft: object): Schema {
  const schema = structuredClone(draft) as Schema;
  const defs = part(schema, "$defs");
  defs["extensions_t"] = { type: "array", minItems: 1, uniqueItems: true, items: EXTENSION };
  const product = part(defs, "full_product_name_t", "properties");
  product["x_extensions"] = EXTENSIONS;
  changeHelper(part(product, "product_identification_helper", "properties"));
  const category = part(defs, "branches_t", "items", "properties", "category");
  category["enum"] = (category["enum"] as readonly string[]).filter((each) => each !== "legacy");

  const root = part(schema, "properties");
  root["x_extensions"] = EXTENSIONS;
  part(root, "document", "properties")["x_extensions"] = EXTENSIONS;
  const tree = part(root, "product_tree", "properties");
  delete tree["relationships"];
  tree["product_paths"] = { type: "array", minItems: 1, items: PRODUCT_PATH };
  const vulnerability = part(root, "vulnerabilities", "items", "properties");
  vulnerability["x_extensions"] = EXTENSIONS;
  const id = part(vulnerability, "ids", "items", "properties");
  id["group_ids"] = { $ref: "#/$defs/product_groups_t" };
  id["product_ids"] = { $ref: "#/$defs/products_t" };
  const content = part(vulnerability, "metrics", "items", "properties", "content", "properties");
  delete content["ssvc_v1"];
  content["ssvc_v2"] = SSVC;
  content["qualitative_severity_rating"] = { type: "string", enum: ["critical", "high", "low", "medium", "none"] };
  content["x_extensions"] = EXTENSIONS;
  return schema;
}

function changeHelper(helper: Schema): void {
  for (const key of ["hashes", "sbom_urls", "skus", "x_generic_uris"]) part(helper, key)["uniqueItems"] = true;
  const hashes = part(helper, "hashes", "items", "properties", "file_hashes");
  hashes["uniqueItems"] = true;
  part(hashes, "items", "properties", "algorithm")["pattern"] = "^[0-9a-z][0-9a-z-]*$";
  part(hashes, "items", "properties", "value")["pattern"] = "^[0-9a-f]{32,}$";
  part(helper, "purls", "items")["pattern"] = "^pkg:[a-z][a-z0-9\\.\\-]*\\/.+";
}

/** A part of the schema; a library of another edition would have none, and fails. */
function part(schema: Schema, ...keys: readonly string[]): Schema {
  return keys.reduce((parent: Schema, key) => {
    const child = parent[key];
    if (typeof child !== "object" || child === null) throw new Error(`the schema of CSAF 2.1 has no ${key}`);
    return child as Schema;
  }, schema);
}
