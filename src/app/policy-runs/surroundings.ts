import type { ValueObject } from "../../base/index.ts";
import type { CelPolicyOptions, EntrySource, Fact, FactRequest, Operation, UserInfoFile } from "../../policy/index.ts";
import type { GivenValues } from "./given-values.ts";

/** What is known around one object. */
export interface Surroundings {
  readonly namespaceObject?: ValueObject;
  /** The plural name of its kind. */
  readonly resource?: string;
}

/** Whether a run is explained; `hasError` says whether some rule of it is an error. */
export type ExplanationWanted = (hasError: boolean) => boolean;

/** How objects are judged. */
export interface RunOptions {
  readonly values: GivenValues;
  readonly userInfo?: UserInfoFile;
  /** Stands before the one that the values give. */
  readonly operation?: Operation;
  /** Sources of context entries that there are; what the others would give comes from the values, or is not there. */
  readonly served: ReadonlySet<EntrySource>;
  /** What is known around the object, beside what the values say. */
  readonly surroundings?: Surroundings;
  /** Namespaces that the API server knows, where no more is said of an object's own. */
  readonly namespaces?: readonly ValueObject[];
  readonly load: (requests: readonly FactRequest[]) => Promise<ReadonlyMap<string, Fact>>;
  /** For policies about images, which ask who signed them; as for the others when left out. */
  readonly imageLoad?: RunOptions["load"];
  /** For policies of the CEL kinds, where they see another world than the others. */
  readonly celLoad?: RunOptions["load"];
  /** Schemas of custom kinds, by which apply configurations are merged. */
  readonly schemaOf?: NonNullable<CelPolicyOptions["schemaOf"]>;
  /** Whether policies with `mutateExisting` that name no targets change what exists, too. */
  readonly changesExisting?: boolean;
  /** Milliseconds since 1970, and the seed of chance. */
  readonly now: number;
  readonly seed: string;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsed: () => number;
  /** Which runs carry an explanation; none when left out. */
  readonly explain?: ExplanationWanted;
}
