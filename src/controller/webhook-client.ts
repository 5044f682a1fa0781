import { isIP } from "node:net";
import { AmapError } from "../base/index.ts";
import type { ServingIdentity } from "./certificates-plan.ts";
import type { ControllerOptions } from "./options.ts";
import type { WebhookClient } from "./webhook-configuration.ts";

type Address = Pick<ControllerOptions, "namespace" | "serviceName" | "webhookUrl">;

/** How API servers are told to reach the webhook. */
export function webhookClientOf({ namespace, serviceName, webhookUrl }: Address): WebhookClient {
  if (webhookUrl === undefined) return { kind: "service", namespace, name: serviceName, port: 443 };
  return { kind: "url", url: webhookUrl };
}

/**
 * The names that the serving certificate must have for that.
 * @throws {AmapError} USAGE for an address that is not `https://host[:port]`
 */
export function servingNamesOf({ namespace, serviceName, webhookUrl }: Address): ServingIdentity {
  const commonName = "amap webhook";
  if (webhookUrl === undefined) {
    const service = `${serviceName}.${namespace}`;
    return { commonName, dnsNames: [service, `${service}.svc`, `${service}.svc.cluster.local`], ipAddresses: [] };
  }
  const url = URL.parse(webhookUrl);
  if (url === null || url.protocol !== "https:" || url.pathname !== "/" || url.search !== "" || url.username !== "") {
    throw new AmapError("USAGE", `--webhook-url: expected https://HOST[:PORT], found "${webhookUrl}"`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const isAddress = isIP(host) !== 0;
  return { commonName, dnsNames: isAddress ? [] : [host], ipAddresses: isAddress ? [host] : [] };
}
