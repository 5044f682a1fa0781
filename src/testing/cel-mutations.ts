import fc from "fast-check";
import type { Choices } from "./cel-choices.ts";

const TOKENS: readonly string[] = [
  ..."i j u d s b x ints texts counts names object service maybe v0 __proto__ constructor true false null".split(" "),
  ..."1 -1 0 2u 1.5 0x7f 9223372036854775807 9223372036854775808 1e308 1e999 'a' \"b\" b'a' r'\\' '''c''' 'x".split(
    " ",
  ),
  ..."( ) [ ] { } ( ) [ ] , . .? [? ? : && || ! - + * / % == != < <= > >= in ` \\ // # @ ; $".split(" "),
  ...".all( .exists( .exists_one( .map( .filter( .sortBy( .transformList( .transformMap( .optMap( has( cel.bind(".split(
    " ",
  ),
  ..."size( .size() int( string( timestamp( duration( type( dyn( .matches( .format([ .flatten() .join() optional.of(".split(
    " ",
  ),
  ".a",
  ".?a",
  ".`a`",
  "[0]",
  "\n",
  "😀",
  "\u0000",
  "\ud800",
];

/** CEL's own tokens in any order. */
export function tokenSoup(): fc.Arbitrary<string> {
  return fc
    .array(fc.constantFrom(...TOKENS), { maxLength: 25 })
    .chain((tokens) => fc.constantFrom(" ", "").map((space) => tokens.join(space)));
}

const WORDS = /[A-Za-z_][A-Za-z0-9_]*|[0-9][0-9a-zA-Z.]*|'(?:[^'\\]|\\.)*'|&&|\|\||[=!<>]=|\s+|./gsu;

/** An expression with a few of its tokens taken away, doubled, exchanged or replaced. */
export function mutateSource(source: string, choices: Choices): string {
  const tokens: string[] = source.match(WORDS) ?? [];
  for (let count = choices.next(3) + 1; count > 0 && tokens.length > 0; count--) {
    const at = choices.next(tokens.length);
    const other = choices.next(tokens.length);
    switch (choices.next(5)) {
      case 0:
        tokens.splice(at, 1);
        break;
      case 1:
        tokens.splice(at, 0, choices.pick(TOKENS) ?? "");
        break;
      case 2:
        tokens[at] = choices.pick(TOKENS) ?? "";
        break;
      case 3:
        [tokens[at], tokens[other]] = [tokens[other] ?? "", tokens[at] ?? ""];
        break;
      default:
        tokens.splice(at, 0, ...tokens.slice(other, other + 1 + choices.next(8)));
    }
  }
  return tokens.join("");
}
