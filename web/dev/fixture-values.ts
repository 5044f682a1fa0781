import type { RouteResponse } from "../../src/api/index.ts";

/** Which data the stub gives: usual, none, strings that attack, everything refused, very much of it. */
export const MODES = ["normal", "empty", "hostile", "error", "large"] as const;
export type Mode = (typeof MODES)[number];

export type Summary = RouteResponse<"GET /api/v1/images">["items"][number];

/** Everything that a page could mistake for markup, a link, a direction or an end of line. */
export const HOSTILE =
  '<img src=x onerror="document.title=1">javascript:alert(1)\u202egnp.exe\u0000\u001b[31m"\'`${7*7}{{7*7}}' +
  "\u2066\nA-VERY-LONG-WORD-".concat("x".repeat(300));

const NOW = Date.parse("2026-11-22T17:00:00Z");
export const ago = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString();
export const digestOf = (seed: number): string =>
  `sha256:${Array.from({ length: 64 }, (_, at) => ((seed * 31 + at * 7 + ((seed * at) % 11)) % 16).toString(16)).join("")}`;
