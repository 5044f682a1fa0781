/** Builds the dashboard into web/dist, unless what is there was built from the same sources. Throws when it fails. */
export function buildDashboard(options: {
  readonly node: string;
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
}): void;
