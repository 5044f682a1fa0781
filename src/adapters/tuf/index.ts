/** The door of `adapters/tuf`: trusted roots and signing configurations from repositories of The Update Framework. */
export { openTrustRepository, type TrustRepositoryOptions } from "./trust-repository.ts";
