import { describe } from "node:test";
import { type ExpressionCase, REFUSED, testExpressions } from "../../../../../testing/cel-cases.ts";
import { createEnvironment } from "../../environment.ts";
import { STANDARD_LIBRARIES } from "../table.ts";
import { KUBERNETES_LIBRARIES } from "./libraries.ts";

const ENVIRONMENT = createEnvironment({ libraries: [...STANDARD_LIBRARIES, ...KUBERNETES_LIBRARIES] });

// What Kubernetes 1.36 gives (k8s.io/apiserver 0.36.3), asked once for each expression.

const SEARCHES: readonly ExpressionCase[] = [
  ["'abc 123'.find('[0-9]*')", ""],
  ["'abc 123'.find('[0-9]+')", "123"],
  ["'abc 123'.find('xyz')", ""],
  ["'abc 123'.find('')", ""],
  ["''.find('a*')", ""],
  ["'abc'.find('(')", REFUSED],
  ["'abc'.find('(?=a)')", REFUSED],
  ["'abc'.find('a{1001}')", REFUSED],
  ["'aBc'.find('(?i)b')", "B"],
  ["'é12'.find('.1')", "é1"],
  ["'😀x'.find('.')", "😀"],
  ["'123 abc 456'.findAll('[0-9]*')", ["123", "", "", "", "", "456"]],
  ["'123 abc 456'.findAll('[0-9]+')", ["123", "456"]],
  ["'123 abc 456'.findAll('[0-9]*', 1)", ["123"]],
  ["'123 abc 456'.findAll('[0-9]+', 0)", []],
  ["'123 abc 456'.findAll('[0-9]+', -1)", ["123", "456"]],
  ["'123 abc 456'.findAll('[0-9]+', -5)", ["123", "456"]],
  ["'123 abc 456'.findAll('[0-9]+', 99)", ["123", "456"]],
  ["'123 abc 456'.findAll('xyz')", []],
  ["'aaa'.findAll('a')", ["a", "a", "a"]],
  ["'aaa'.findAll('a*')", ["aaa"]],
  ["'baab'.findAll('a*')", ["", "aa", ""]],
  ["'baab'.findAll('a|')", ["", "a", "a", ""]],
  ["'aaa'.findAll('')", ["", "", "", ""]],
  ["''.findAll('')", [""]],
  ["''.findAll('a')", []],
  ["'😀é'.findAll('')", ["", "", ""]],
  ["'😀é'.findAll('.')", ["😀", "é"]],
  ["'ab ab'.findAll('^ab')", ["ab"]],
  ["'ab ab'.findAll('ab$')", ["ab"]],
  ["'foo bar'.findAll('\\\\b')", ["", "", "", ""]],
  ["'foo bar'.findAll('\\\\w+\\\\b')", ["foo", "bar"]],
  ["'abab'.findAll('(a)(b)')", ["ab", "ab"]],
  ["'a\\nb'.findAll('(?m)^.')", ["a", "b"]],
  ["'a,b;c'.findAll('[^,;]+')", ["a", "b", "c"]],
  ["'abc'.findAll('(', 1)", REFUSED],
  ["'abc'.findAll('b', 9223372036854775807)", ["b"]],
];

describe("find and findAll", () => testExpressions(ENVIRONMENT, SEARCHES));
