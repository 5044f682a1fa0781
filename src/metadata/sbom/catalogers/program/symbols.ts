import { bytesOfSection, numberAt, type Program } from "./sections.ts";

/** The tables in which a program of ELF keeps its symbols, each with the section of their names. */
const TABLES = [
  [".dynsym", ".dynstr"],
  [".symtab", ".strtab"],
] as const;
/** Real programs have fewer. */
const MOST_SYMBOLS = 2_000_000;

/** Where a symbol of a program of ELF for 64 bits lies in memory; undefined where the program has none of that name. */
export function addressOfSymbol(bytes: Uint8Array, program: Program, name: string): number | undefined {
  for (const [tableName, namesName] of TABLES) {
    const table = program.sections.find((section) => section.name === tableName);
    const names = program.sections.find((section) => section.name === namesName);
    if (table === undefined || names === undefined) continue;
    const place = placeOfName(bytesOfSection(bytes, names), name);
    if (place === undefined) continue;
    const symbols = bytesOfSection(bytes, table);
    const count = Math.min(Math.floor(symbols.length / 24), MOST_SYMBOLS);
    for (let index = 0; index < count; index++) {
      if (numberAt(symbols, index * 24, 4, program.isLittleEndian) !== place) continue;
      return numberAt(symbols, index * 24 + 8, 8, program.isLittleEndian);
    }
  }
  return undefined;
}

/** Where a name with a zero before and behind it begins. */
function placeOfName(names: Uint8Array, name: string): number | undefined {
  for (let at = names.indexOf(0); at !== -1; at = names.indexOf(0, at + 1)) {
    const end = at + 1 + name.length;
    if (names[end] !== 0) continue;
    let matches = true;
    for (let index = 0; index < name.length && matches; index++) {
      matches = names[at + 1 + index] === name.charCodeAt(index);
    }
    if (matches) return at + 1;
  }
  return undefined;
}
