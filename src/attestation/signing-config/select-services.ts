import { AmapError } from "../../base/index.ts";
import type { ServiceSelection, SigningService } from "../signing-config.ts";
import { isWithin } from "../trust-root.ts";

/** What a service must be to be chosen. */
export interface ServiceNeed {
  /** The API versions that the caller speaks; a higher one is preferred, and versions are never mixed. */
  readonly apiVersions: readonly number[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * The services that sign now: valid at `now`, of the highest API version that any of them has, at most one of each
 * operator (the one that is valid since last), then by the selection all of them, one, or an exact number. `pick` says
 * which one of `count` is next; it is called for ANY and EXACT.
 *
 * @throws {AmapError} SIGNING_CONFIG_INVALID when none fits, too few do, or nothing says how many are needed
 * @see sigstore/protobuf-specs, sigstore_trustroot.proto, ServiceSelector
 * @example
 * ```ts
 * import { selectServices } from "../index.ts";
 * const service = { url: "https://log.example", majorApiVersion: 2, validFor: {}, operator: "me" };
 * selectServices([service], { selector: "ALL" }, { apiVersions: [1, 2], now: 0 }, () => 0).length; // 1
 * ```
 */
export function selectServices(
  services: readonly SigningService[],
  selection: ServiceSelection,
  need: ServiceNeed,
  pick: (count: number) => number,
): readonly SigningService[] {
  const fitting = servicesThatFit(services, need);
  switch (selection.selector) {
    case "ALL":
      return fitting;
    case "ANY":
      return pickSome(fitting, 1, pick);
    case "EXACT":
      if (selection.count > 0 && selection.count <= fitting.length) return pickSome(fitting, selection.count, pick);
      throw new AmapError(
        "SIGNING_CONFIG_INVALID",
        `expected services of exactly ${selection.count} operators, found ${fitting.length} that fit`,
        { hint: "Add services of other operators, or lower the count of the selection." },
      );
    default:
      throw new AmapError("SIGNING_CONFIG_INVALID", "expected a selection ALL, ANY or EXACT, found none");
  }
}

function servicesThatFit(
  services: readonly SigningService[],
  { apiVersions, now }: ServiceNeed,
): readonly SigningService[] {
  const newestFirst = services.toSorted((a, b) => startOf(a) - startOf(b)).reverse();
  for (const version of apiVersions.toSorted((a, b) => b - a)) {
    const operators = new Set<string>();
    const fitting = newestFirst.filter(({ majorApiVersion, validFor, operator }) => {
      if (majorApiVersion !== version || !isWithin(validFor, now) || operators.has(operator)) return false;
      operators.add(operator);
      return true;
    });
    if (fitting.length > 0) return fitting;
  }
  throw new AmapError(
    "SIGNING_CONFIG_INVALID",
    `expected a service with API version ${apiVersions.join(" or ")} that is valid now, found none among ${services.length}`,
  );
}

function startOf({ validFor }: SigningService): number {
  return validFor.start ?? Number.NEGATIVE_INFINITY;
}

function pickSome(
  services: readonly SigningService[],
  count: number,
  pick: (count: number) => number,
): readonly SigningService[] {
  const left = [...services];
  return Array.from({ length: count }, () => left.splice(pick(left.length), 1)).flat();
}
