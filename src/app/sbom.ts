import { encodeHex, formatTime } from "../base/index.ts";
import type { World } from "./world.ts";

/** Who made a document, written into it. */
export interface Tool {
  readonly name: string;
  readonly version: string;
}

/** The time now, RFC 3339 in whole seconds. */
export function nowOf(world: World): string {
  return formatTime(Math.floor(world.clock.now() / 1000) * 1000);
}

/** A random UUID (RFC 9562, version 4). */
export function createUuid(world: World): string {
  const bytes = world.entropy.bytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = encodeHex(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
