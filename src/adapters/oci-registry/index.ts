/** The door of `adapters/oci-registry`: a repository in an OCI registry as OciStorage. */
export { type CheckLoginOptions, checkRegistryLogin } from "./check-login.ts";
export {
  type Mirror,
  type MirroredRepositoryOptions,
  type MirrorFailures,
  openMirroredRepository,
} from "./mirrored-repository.ts";
export { openRegistryRepository, type RegistryRepositoryOptions } from "./registry-repository.ts";
