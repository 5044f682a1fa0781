import { machineContract } from "../ports/machine.contract.ts";
import { createFakeMachine } from "./fake-machine.ts";

machineContract("createFakeMachine", () => createFakeMachine());
