/** The door of `adapters/oci-registry`: a repository in an OCI registry as OciStorage. */
export { openRegistryRepository, type RegistryRepositoryOptions } from "./registry-repository.ts";
