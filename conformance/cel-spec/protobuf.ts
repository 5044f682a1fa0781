import { getTestRegistry } from "@bufbuild/cel-spec/testdata/registry.js";
import type { CelCase } from "./case.ts";
import type { CaseType } from "./types.ts";
import { holdsMessage } from "./values.ts";

/** Files that are about messages, enums and wrappers as a whole. */
const FILES: ReadonlySet<string> = new Set(["proto2", "proto2_ext", "proto3", "enums", "wrappers"]);
/** The two messages that are types of CEL itself. */
const TIMES: ReadonlySet<string> = new Set(["google.protobuf.Duration", "google.protobuf.Timestamp"]);
/** Names of the messages, enums and extensions that the suite's expressions may use. */
const PROTOBUF_NAMES: ReadonlySet<string> = new Set(
  Array.from(getTestRegistry(), (type) => type.typeName)
    .filter((name) => !TIMES.has(name))
    // cel-go's own tests have the same messages in a package of another name.
    .flatMap((name) => [name, name.replace(/^cel\.expr\.conformance\.(proto[23])\./, "google.expr.$1.test.")]),
);

/**
 * Whether a case is about protobuf messages, which amap does not have: by its file, or because it makes a message,
 * names a message's type, an enum or an extension, or declares, binds or expects one. Decided by the case's data alone,
 * never by how it went.
 */
export function usesProtobuf(test: CelCase): boolean {
  const [file = ""] = test.name.split("/");
  const { expected, functions, variables, bindings } = test;
  const types: (CaseType | undefined)[] = [
    ...variables.values(),
    ...functions.flatMap((row) => [...row.args, row.result]),
    "type" in expected ? expected.type : undefined,
  ];
  return (
    FILES.has(file) ||
    types.some((type) => type?.isProtobuf) ||
    [...bindings.values()].some(holdsMessage) ||
    (expected.kind === "value" && holdsMessage(expected.value)) ||
    namesProtobuf(test.expression, test.container)
  );
}

/** Comments and literals with quotes, raw ones first: in them a backslash is only a character. */
const SKIPPED =
  /\/\/[^\n]*|(?:[rR][bB]?|[bB][rR])(?:"""[^]*?"""|'''[^]*?'''|"[^"\n]*"|'[^'\n]*')|"""(?:[^\\]|\\[^])*?"""|'''(?:[^\\]|\\[^])*?'''|"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'/g;
const DOTTED_NAME = /\.?[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*(?<brace>\s*\{)?/g;

function namesProtobuf(expression: string, container: string): boolean {
  const code = expression.replace(SKIPPED, (skipped) => (skipped.startsWith("//") ? " " : '""'));
  return Array.from(code.matchAll(DOTTED_NAME)).some(({ 0: whole, groups }) => {
    const name = whole.replace(/[\s{]/g, "");
    // `x in {…}` is a map.
    return (groups?.["brace"] !== undefined && name !== "in") || resolves(name, container);
  });
}

/** Whether a name or its beginning (`GlobalEnum.GAZ`) is a protobuf name, from the container outwards. */
function resolves(name: string, container: string): boolean {
  const outer = name.startsWith(".") || container === "" ? [] : container.split(".");
  const parts = name.replace(/^\./, "").split(".");
  return outer.concat("").some((_, length) => {
    const prefix = outer.slice(0, length);
    return parts.some((__, index) => PROTOBUF_NAMES.has([...prefix, ...parts.slice(0, index + 1)].join(".")));
  });
}
