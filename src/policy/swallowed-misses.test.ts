import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import ts from "typescript";

/**
 * Places where a missing fact could be swallowed (docs/adr/0004-fact-loop.md): a catch clause must take the error and
 * hand it on where it is not its own, so it holds a `throw` of the caught name, gives the name to a function, or only
 * makes another error of it.
 */
function swallowingCatches(source: string, name: string): readonly string[] {
  const file = ts.createSourceFile(name, source, ts.ScriptTarget.ES2024, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCatchClause(node) && !passesOn(node)) {
      found.push(`${name}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`);
    }
    if (
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      node.expression.name.text === "catch"
    ) {
      found.push(`${name}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function passesOn(clause: ts.CatchClause): boolean {
  const caught = clause.variableDeclaration?.name;
  if (caught === undefined || !ts.isIdentifier(caught)) return false;
  let passed = false;
  const isCaught = (node: ts.Node): boolean => ts.isIdentifier(node) && node.text === caught.text;
  const visit = (node: ts.Node): void => {
    if (ts.isThrowStatement(node) && node.expression !== undefined) passed = true;
    if (ts.isCallExpression(node) && !isTest(node) && node.arguments.some(isCaught)) passed = true;
    if (!ts.isFunctionLike(node)) ts.forEachChild(node, visit);
  };
  visit(clause.block);
  return passed;
}

/** `isAmapError(error)` and the like only look at it. */
function isTest(call: ts.CallExpression): boolean {
  return (
    ts.isIdentifier(call.expression) && (/^is[A-Z]/.test(call.expression.text) || call.expression.text === "String")
  );
}

const planted: readonly (readonly [source: string, swallows: boolean])[] = [
  ["try { a(); } catch { b(); }", true],
  ["try { a(); } catch (error) { b(); }", true],
  ["try { a(); } catch (error) { return String(error); }", true],
  ["try { a(); } catch (error) { if (isAmapError(error)) return 1; }", true],
  ["try { a(); } catch (error) { return () => { throw error; }; }", true],
  ["a().catch(() => undefined);", true],
  ["try { a(); } catch (error) { if (!isAmapError(error)) throw error; return 1; }", false],
  ["try { a(); } catch (error) { return frame.absorb(error); }", false],
  ["try { a(); } catch (cause) { throw new AmapError('KEY_INVALID', 'no', { cause }); }", false],
  ["try { a(); } finally { b(); }", false],
];

for (const [source, swallows] of planted) {
  test(`the check itself: ${source}`, () => assert.equal(swallowingCatches(source, "planted.ts").length > 0, swallows));
}

test("nothing in policy can swallow a missing fact", () => {
  const root = new URL("./", import.meta.url);
  const files = globSync("**/*.ts", { cwd: root }).filter((file) => !file.endsWith(".test.ts"));
  assert.ok(files.length > 40, `only ${files.length} files seen`);
  const found = files.flatMap((file) => swallowingCatches(readFileSync(new URL(file, root), "utf8"), file));
  assert.deepEqual(found, []);
});
