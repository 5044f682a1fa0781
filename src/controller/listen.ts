import type { AddressInfo, Server } from "node:net";
import { AmapError } from "../base/index.ts";
import type { ListenAddress } from "./options.ts";

const OWN_FAULT = new Set(["EADDRINUSE", "EACCES", "EADDRNOTAVAIL", "ENOTFOUND"]);

/** Starts listening; the port that it is. @throws {AmapError} USAGE when the address cannot be listened on */
export function listen(server: Server, { host, port }: ListenAddress): Promise<number> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException): void => {
      const isOwn = OWN_FAULT.has(error.code ?? "");
      reject(isOwn ? new AmapError("USAGE", `cannot listen on ${host}:${port}: ${error.message}`) : error);
    };
    server.once("error", refuse);
    server.listen(port, host, () => {
      server.removeListener("error", refuse);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
