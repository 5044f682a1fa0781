/**
 * Where a build type puts what is verified. Places are paths through the predicate with `.` between names
 * (`externalParameters.workflow.repository`); of several the first that is there counts. Old versions have the places
 * that `decodeVersionedProvenance` gives them.
 */
export interface BuildTypeRow {
  /** The URI, or its beginning where it ends with `*`. */
  readonly uri: string;
  readonly note: string;
  /**
   * Who writes the predicate. `platform`: a service that build steps cannot reach. `workflow`: a step of the build, which
   * counts as far as the signer's certificate says the same. `job`: the build itself: level 1 at most.
   */
  readonly statedBy: "platform" | "workflow" | "job";
  /** The address of the repository that was built. `dependency`: the first resolved dependency that is one of git. */
  readonly source: readonly string[];
  readonly ref?: readonly string[];
  /** The branch from which a tag was made, where the platform tells it. */
  readonly baseRef?: readonly string[];
  readonly commit?: readonly string[];
  /** What the person who started the build gave it. */
  readonly inputs?: readonly string[];
  readonly trigger?: readonly string[];
  /** The file that says what is built, in the repository. */
  readonly workflow?: readonly string[];
  /** External parameters that are part of this build type, by paths below `externalParameters`; any other is refused. */
  readonly parameters: readonly string[];
}
