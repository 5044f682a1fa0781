/** A JSON type definition (RFC 8927), as far as the library uses it. */
interface TypeDefinition {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly nullable?: boolean;
  readonly elements?: TypeDefinition;
  readonly properties?: Readonly<Record<string, TypeDefinition>>;
  readonly optionalProperties?: Readonly<Record<string, TypeDefinition>>;
  readonly additionalProperties?: boolean;
}

const KEYWORDS = new Set("type enum nullable elements properties optionalProperties additionalProperties".split(" "));
const TYPES: ReadonlyMap<string, (value: unknown) => boolean> = new Map<string, (value: unknown) => boolean>([
  ["string", (value) => typeof value === "string"],
  ["boolean", (value) => typeof value === "boolean"],
  ["float64", (value) => typeof value === "number" && Number.isFinite(value)],
]);

type Compile = (schema: object) => (value: unknown) => boolean;

/**
 * Loads modules that compile a type definition each when they are loaded, without the compiler: seventy of them cost it
 * seconds, and each is asked about one document. What this program does not know of the language is compiled as ever.
 */
export async function withQuickDefinitions<T>(load: () => Promise<T>): Promise<T> {
  const library = (await import("ajv/dist/jtd.js")) as unknown as { readonly default: { readonly prototype: object } };
  const prototype = library.default.prototype as { compile?: Compile };
  const inherited = Object.getOwnPropertyDescriptor(prototype, "compile");
  const { compile } = prototype;
  prototype.compile = function quick(this: object, schema) {
    if (isKnown(schema)) return (value) => matches(schema, value);
    return (compile as Compile).call(this, schema);
  };
  try {
    return await load();
  } finally {
    if (inherited === undefined) delete prototype.compile;
    else Object.defineProperty(prototype, "compile", inherited);
  }
}

function isKnown(schema: TypeDefinition): boolean {
  const inner = [
    schema.elements,
    ...Object.values(schema.properties ?? {}),
    ...Object.values(schema.optionalProperties ?? {}),
  ];
  return (
    Object.keys(schema).every((key) => KEYWORDS.has(key)) &&
    (schema.type === undefined || TYPES.has(schema.type)) &&
    inner.every((each) => each === undefined || isKnown(each))
  );
}

/** Whether a value is of the type. */
function matches(schema: TypeDefinition, value: unknown): boolean {
  if (value === null && schema.nullable === true) return true;
  if (schema.type !== undefined) return TYPES.get(schema.type)?.(value) === true;
  if (schema.enum !== undefined) return typeof value === "string" && schema.enum.includes(value);
  const { elements } = schema;
  if (elements !== undefined) return Array.isArray(value) && value.every((item) => matches(elements, item));
  if (schema.properties === undefined && schema.optionalProperties === undefined) return true;
  return matchesObject(schema, value);
}

function matchesObject(
  { properties = {}, optionalProperties = {}, additionalProperties = false }: TypeDefinition,
  value: unknown,
): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const members = value as Readonly<Record<string, unknown>>;
  const has = (key: string): boolean => Object.hasOwn(members, key) && members[key] !== undefined;
  const isAllowed = (key: string): boolean => Object.hasOwn(properties, key) || Object.hasOwn(optionalProperties, key);
  return (
    Object.entries(properties).every(([key, type]) => has(key) && matches(type, members[key])) &&
    Object.entries(optionalProperties).every(([key, type]) => !has(key) || matches(type, members[key])) &&
    (additionalProperties || Object.keys(members).every(isAllowed))
  );
}
