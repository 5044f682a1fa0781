import { signerContract } from "../../ports/signer.contract.ts";
import { createSigningKeys } from "./index.ts";

signerContract("local-key", createSigningKeys);
