import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ADMISSION_KINDS,
  CEL_KINDS,
  CLI_FILE_KINDS,
  decodeClusterResourceFile,
  decodeContextFile,
  decodePolicies,
  decodeTestFile,
  decodeUserInfoFile,
  decodeValuesFile,
  KYVERNO_KINDS,
  type ObjectSchema,
  POLICY_KINDS,
  type PolicyWarning,
  type Schema,
} from "../../src/policy/index.ts";
import { renderCelKinds, renderCliFileKinds, renderKyvernoKinds } from "./kinds.ts";

const PAGES = {
  "cel-kinds.md": renderCelKinds(),
  "kyverno-kinds.md": renderKyvernoKinds(),
  "kyverno-cli-files.md": renderCliFileKinds(),
};

const READERS = new Map<string, (text: string) => readonly PolicyWarning[]>(
  Object.entries({
    Test: (text) => warningsOf(decodeTestFile(text, "page")),
    Values: (text) => warningsOf(decodeValuesFile(text, "page")),
    UserInfo: (text) => warningsOf(decodeUserInfoFile(text, "page")),
    Context: (text) => warningsOf(decodeContextFile(text, "page")),
    ClusterResource: (text) => warningsOf(decodeClusterResourceFile(text, "page")),
  } satisfies Record<string, (text: string) => readonly PolicyWarning[]>),
);

type Read = { readonly warnings: readonly PolicyWarning[] };

function warningsOf(
  decoded: { ok: true; value: Read | readonly Read[] } | { ok: false; issues: unknown },
): readonly PolicyWarning[] {
  if (!decoded.ok) assert.fail(JSON.stringify(decoded.issues));
  return [decoded.value].flat().flatMap(({ warnings }) => warnings);
}

/** Every object in a schema, each once. */
function objectsOf(schema: Schema, found = new Set<ObjectSchema>()): ReadonlySet<ObjectSchema> {
  if (schema.kind === "list") objectsOf(schema.item, found);
  if (schema.kind === "map") objectsOf(schema.value, found);
  if (schema.kind === "recursive") objectsOf(schema.make(), found);
  if (schema.kind === "union") for (const member of schema.members) objectsOf(member, found);
  if (schema.kind !== "object" || found.has(schema)) return found;
  found.add(schema);
  for (const field of Object.values(schema.fields)) objectsOf(field.schema, found);
  return found;
}

for (const [name, page] of Object.entries(PAGES)) {
  describe(name, () => {
    const examples = [...page.matchAll(/```yaml\n(.*?)\n```/gs)].map(([, text = ""]) => text);
    for (const example of examples) {
      const kind = /^kind: (\w+)$/m.exec(example)?.[1] ?? "nothing";
      test(`the example of ${kind} is read without a warning`, () => {
        const read = READERS.get(kind) ?? ((text: string) => warningsOf(decodePolicies(text, "page")));
        assert.deepEqual(read(example), []);
      });
    }

    test("every chapter has an example", () => {
      const chapters = [...page.matchAll(/^## (?!What )(.*)$/gm)].map(([, title]) => title);
      assert.equal(examples.length, chapters.length);
    });

    test("every link leads to one heading", () => {
      const anchors = [...page.matchAll(/^#+ (.*)$/gm)].map(([, text = ""]) =>
        text
          .toLowerCase()
          .replaceAll(/[^\w -]/g, "")
          .replaceAll(" ", "-"),
      );
      assert.equal(new Set(anchors).size, anchors.length, "headings are not twice there");
      const links = [...page.matchAll(/\]\(#([^)]*)\)/g)].map(([, anchor = ""]) => anchor);
      assert.ok(links.length > 0);
      assert.deepEqual(
        links.filter((link) => !anchors.includes(link)),
        [],
      );
    });

    test("every row has four cells, and no row is twice in its table", () => {
      for (const table of page.split("\n\n").filter((block) => block.startsWith("| field |"))) {
        const rows = table.trim().split("\n");
        for (const row of rows) assert.equal(row.split(/(?<!\\)\|/).length, 6, row);
        const fields = rows.map((row) => row.split(/(?<!\\)\|/)[1]);
        assert.equal(new Set(fields).size, fields.length, table);
      }
    });
  });
}

const kinds = [
  ...KYVERNO_KINDS.map(({ kind, schema }) => ({ kind, schema, page: PAGES["kyverno-kinds.md"] })),
  ...[...CEL_KINDS, ...POLICY_KINDS, ...ADMISSION_KINDS].map(({ kind, schema }) => ({
    kind: `${kind} (CEL)`,
    schema,
    page: PAGES["cel-kinds.md"],
  })),
  ...CLI_FILE_KINDS.map(({ kind, schema }) => ({ kind, schema, page: PAGES["kyverno-cli-files.md"] })),
];
for (const { kind, schema, page } of kinds) {
  test(`every field of ${kind} is on its page with its meaning, default and substitute`, () => {
    const rows = page.split("\n").filter((line) => line.startsWith("| `"));
    for (const object of objectsOf(schema)) {
      for (const [name, { doc, presence, deprecated, default: value }] of Object.entries(object.fields)) {
        const wanted = [
          `| ${doc}`,
          ...(deprecated === undefined ? [] : [`Deprecated: ${deprecated}.`]),
          ...(value === undefined ? [] : [`| \`${value}\` |`]),
          ...(presence === "required" ? ["| needed |"] : []),
        ];
        const isIt = (row: string): boolean =>
          row.split("`")[1]?.split(".").at(-1) === name && wanted.every((words) => row.includes(words));
        assert.ok(rows.some(isIt), `${kind} ${name}: ${wanted.join(" ")}`);
      }
    }
  });
}

test("names, versions and scopes of a kind are told", () => {
  const page = PAGES["kyverno-kinds.md"];
  assert.match(
    page,
    /\*\*Policy\*\*: .* `kyverno\.io\/v1` \(stored\), `kyverno\.io\/v2beta1`; `policies`, `pol`; of a namespace\./,
  );
  assert.match(page, /`kyverno\.io\/v2alpha1` \(deprecated\); `globalcontextentries`, `gctxentry`; of the cluster\./);
});
