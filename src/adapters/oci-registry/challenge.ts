/** One challenge of a WWW-Authenticate header (RFC 9110 §11.6.1). Names are in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
const HEADER_LENGTH = 8192;

/**
 * Parses a WWW-Authenticate header with one challenge or more. Undefined when it does not follow the grammar: half of a
 * challenge must not decide where credentials go. Of a repeated parameter the first counts.
 */
export function parseChallenges(header: string): readonly Challenge[] | undefined {
  if (header.length > HEADER_LENGTH) return undefined;
  const reader = new Reader(header);
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  reader.skip(/[ \t,]*/y);
  while (!reader.atEnd()) {
    const name = reader.take(TOKEN)?.toLowerCase();
    if (name === undefined) return undefined;
    const current = challenges.at(-1);
    if (reader.skip(/[ \t]*=[ \t]*/y) && current !== undefined) {
      const value = reader.quoted() ?? reader.take(TOKEN);
      if (value === undefined) return undefined;
      if (!current.parameters.has(name)) current.parameters.set(name, value);
    } else {
      challenges.push({ scheme: name, parameters: new Map() });
    }
    if (!reader.skip(/[ \t,]+/y) && !reader.atEnd()) return undefined;
  }
  return challenges;
}

class Reader {
  readonly text: string;
  position = 0;

  constructor(text: string) {
    this.text = text;
  }

  atEnd(): boolean {
    return this.position >= this.text.length;
  }

  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const match = pattern.exec(this.text);
    if (match === null) return undefined;
    this.position = pattern.lastIndex;
    return match[1] ?? match[0];
  }

  quoted(): string | undefined {
    return this.take(QUOTED)?.replace(/\\(.)/g, "$1");
  }

  /** Whether anything was skipped. */
  skip(pattern: RegExp): boolean {
    return (this.take(pattern) ?? "") !== "";
  }
}
