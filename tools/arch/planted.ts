/** The violations planted in tools/arch/fixtures: each must be caught, by this rule, in this file. */
export const PLANTED_VIOLATIONS: readonly { readonly rule: string; readonly from: string }[] = [
  { rule: "base-may-import-only: nothing", from: "src/base/imports-artifact.ts" },
  { rule: "rooms-have-one-door", from: "src/artifact/imports-inner-file.ts" },
  { rule: "inside-never-uses-its-own-door", from: "src/artifact/uses-own-door.ts" },
  { rule: "no-io-in-the-core", from: "src/artifact/reads-files.ts" },
  { rule: "no-io-in-the-core", from: "src/artifact/hashes.ts" },
  { rule: "only-synchronous-capabilities-in-base-bytes", from: "src/base/bytes/opens-sockets.ts" },
  { rule: "metadata-may-import-only: base, artifact", from: "src/metadata/imports-attestation.ts" },
  { rule: "attestation-may-import-only: base, artifact", from: "src/attestation/imports-policy-type.ts" },
  { rule: "policy-may-import-only: base, artifact", from: "src/policy/imports-metadata.ts" },
  { rule: "npm-packages-of-policy", from: "src/policy/uses-unlisted-package.ts" },
  { rule: "report-may-import-only: base, artifact, metadata, attestation, policy", from: "src/report/imports-app.ts" },
  {
    rule: "ports-may-import-only: base, artifact, metadata, attestation, policy, report",
    from: "src/ports/imports-app.ts",
  },
  {
    rule: "app-may-import-only: base, artifact, metadata, attestation, policy, report, ports",
    from: "src/app/imports-adapter.ts",
  },
  { rule: "adapters-only-from-wiring", from: "src/app/imports-adapter.ts" },
  { rule: "testing-only-from-tests", from: "src/app/imports-testing.ts" },
  { rule: "adapters-are-islands", from: "src/adapters/net/imports-island.ts" },
  {
    rule: "adapters-may-import-only: base, artifact, metadata, attestation, policy, report, ports",
    from: "src/adapters/net/imports-app.ts",
  },
  { rule: "api-may-import-only: base", from: "src/api/imports-artifact.ts" },
  {
    rule: "wiring-may-import-only: base, artifact, metadata, attestation, policy, report, ports, app, adapters",
    from: "src/wiring/imports-cli.ts",
  },
  { rule: "cli-may-import-only: base, report, api, app, wiring", from: "src/cli/imports-attestation.ts" },
  { rule: "no-cycles", from: "src/base/cycle-a.ts" },
  { rule: "every-file-is-in-a-known-room", from: "src/stray/room.ts" },
];
