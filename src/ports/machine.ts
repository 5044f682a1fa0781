/** The machine that amap runs on, as provenance states it. */
export interface Machine {
  describe(): MachineFacts;
  /**
   * The version that an installed tool states of itself, such as `1.26.0`; undefined where the tool is not installed. Only
   * tools of a fixed list are started, by name from PATH, with nothing but PATH and HOME in their environment.
   * @throws {AmapError} USAGE for a tool that is not on the list, TOOL_FAILED where it states no version, TIMEOUT
   */
  toolVersion(tool: string): Promise<string | undefined>;
}

/** What a machine says of itself. */
export interface MachineFacts {
  /** `linux`, `darwin`, `win32`. */
  readonly os: string;
  /** Of its kernel. */
  readonly release: string;
  /** `x64`, `arm64`. */
  readonly architecture: string;
  readonly hostname: string;
  /** Processors that a program may use. */
  readonly processors: number;
}
