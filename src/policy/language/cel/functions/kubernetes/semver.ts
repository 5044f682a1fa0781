import { CelError } from "../../error.ts";
import { type CelContext, type CelFunction, celFunction } from "../../function.ts";
import { celTypes } from "../../types.ts";
import { toInt } from "../../values/arithmetic.ts";
import type { Opaque } from "../../values/value.ts";
import { readOnce, shown } from "./constants.ts";
import { SEMVER, semverValue } from "./opaque-values.ts";
import { compareVersions, normalizeVersion, readVersion, type SemanticVersion } from "./semantic-version.ts";

const { bool, int, string } = celTypes;
const since = "0.2.0";
const method = { receiver: true, since } as const;

function read(text: string, normalize: boolean): SemanticVersion | undefined {
  const written = normalize ? normalizeVersion(text) : text;
  return written === undefined ? undefined : readVersion(written);
}

function semver(text: string, normalize: boolean): Opaque<SemanticVersion> {
  const version = read(text, normalize);
  if (version === undefined) throw new CelError("invalid_argument", `not a semantic version: ${shown(text)}`);
  return semverValue(version);
}

/** Numbers are unsigned in a version and signed in CEL; Kubernetes keeps their bits. */
function part(version: Opaque<SemanticVersion>, index: 0 | 1 | 2): number | bigint {
  return toInt(BigInt.asIntN(64, version.value.numbers[index]));
}

function compare(a: SemanticVersion, b: SemanticVersion, context: CelContext): -1 | 0 | 1 {
  context.charge(Math.min(a.prerelease.length, b.prerelease.length));
  return compareVersions(a, b);
}

/** Kubernetes' semantic versions (semver.org 2.0.0). */
export const SEMVER_FUNCTIONS: readonly CelFunction[] = [
  celFunction({
    name: "semver",
    args: [string],
    result: SEMVER,
    note: "The semantic version a text spells.",
    example: "semver('1.0.0-alpha.1').isLessThan(semver('1.0.0'))",
    since,
    prepare: readOnce((text) => semver(text, false)),
    call: (text) => semver(text, false),
  }),
  celFunction({
    name: "semver",
    args: [string, bool],
    result: SEMVER,
    note: "With true, a leading v and leading zeros are dropped and missing minor and patch numbers are 0.",
    example: "semver('v01.2', true) == semver('1.2.0')",
    since,
    call: semver,
  }),
  celFunction({
    name: "isSemver",
    args: [string],
    result: bool,
    note: "Whether a text spells a semantic version.",
    example: "isSemver('1.0.0') && !isSemver('v1.0')",
    since,
    call: (text) => read(text, false) !== undefined,
  }),
  celFunction({
    name: "isSemver",
    args: [string, bool],
    result: bool,
    note: "With true, a text that semver would read loosely counts too.",
    example: "isSemver('v1.0', true)",
    since,
    call: (text, normalize) => read(text, normalize) !== undefined,
  }),
  celFunction({
    ...method,
    name: "major",
    args: [SEMVER],
    result: int,
    note: "The major number.",
    example: "semver('1.2.3').major() == 1",
    call: (version) => part(version, 0),
  }),
  celFunction({
    ...method,
    name: "minor",
    args: [SEMVER],
    result: int,
    note: "The minor number.",
    example: "semver('1.2.3').minor() == 2",
    call: (version) => part(version, 1),
  }),
  celFunction({
    ...method,
    name: "patch",
    args: [SEMVER],
    result: int,
    note: "The patch number.",
    example: "semver('1.2.3').patch() == 3",
    call: (version) => part(version, 2),
  }),
  celFunction({
    ...method,
    name: "isGreaterThan",
    args: [SEMVER, SEMVER],
    result: bool,
    note: "Whether the version is behind another in the order of semver.org.",
    example: "semver('1.10.0').isGreaterThan(semver('1.9.0'))",
    call: (a, b, context) => compare(a.value, b.value, context) > 0,
  }),
  celFunction({
    ...method,
    name: "isLessThan",
    args: [SEMVER, SEMVER],
    result: bool,
    note: "Whether the version is before another.",
    example: "semver('1.0.0-rc.1').isLessThan(semver('1.0.0'))",
    call: (a, b, context) => compare(a.value, b.value, context) < 0,
  }),
  celFunction({
    ...method,
    name: "compareTo",
    args: [SEMVER, SEMVER],
    result: int,
    note: "0 for equal versions, 1 when this one is behind the other, -1 when it is before.",
    example: "semver('1.2.3').compareTo(semver('2.0.0')) == -1",
    call: (a, b, context) => compare(a.value, b.value, context),
  }),
];
