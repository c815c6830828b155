/** Registers the webhook with the API server, and publishes its certificate authority. */
import { ApiError, type KubeClient } from "../../client/index.ts";
import {
  WEBHOOK_CONFIGURATION_NAME,
  WEBHOOK_CONFIGURATIONS,
  webhookConfiguration,
} from "./webhook-configuration.ts";

export interface Registration {
  /** The address of the webhook, if it registers itself. Absent: `plexaubnet install` has registered it. */
  readonly url?: string;
  /** That it is asked about, where it registers itself. Absent: all. */
  readonly namespaces?: readonly string[] | undefined;
}

/** @param caBundle PEM of the authorities */
export async function announce(
  client: KubeClient,
  caBundle: string,
  { url, namespaces }: Registration,
): Promise<void> {
  const name = WEBHOOK_CONFIGURATION_NAME;
  try {
    if (url !== undefined) {
      const configuration = webhookConfiguration({ url }, { caBundle, ...(namespaces && { namespaces }) });
      const options = { fieldManager: "plexaubnet", force: true };
      await client.patch(WEBHOOK_CONFIGURATIONS, { name }, "apply", configuration, options);
      return;
    }
    const value = Buffer.from(caBundle).toString("base64");
    const patch = [{ op: "add", path: "/webhooks/0/clientConfig/caBundle", value }];
    await client.patch(WEBHOOK_CONFIGURATIONS, { name }, "json", patch);
  } catch (error) {
    // Not installed: then there are no reviews, and the controllers report what admission would have reported.
    if (error instanceof ApiError && error.code === 404) return;
    throw error;
  }
}
