/**
 * Loaded before the tests: what scrypt made of one password and salt is kept. It costs a quarter of a second by design,
 * and tests sign hundreds of times with the few keys that they made. The function is pure, so no result changes.
 */
import crypto, { type ScryptOptions } from "node:crypto";
import { syncBuiltinESMExports } from "node:module";

const derive = crypto.scryptSync;
const derived = new Map<string, Buffer>();

crypto.scryptSync = (password, salt, length, options: ScryptOptions = {}) => {
  // Only what amap itself asks for: text, bytes and numbers, which tell one question from another.
  if (typeof password !== "string" || !(salt instanceof Uint8Array)) return derive(password, salt, length, options);
  const question = JSON.stringify([password, Buffer.from(salt).toString("base64"), length, options]);
  const answer = derived.get(question) ?? derive(password, salt, length, options);
  derived.set(question, answer);
  return Buffer.from(answer);
};
syncBuiltinESMExports();
