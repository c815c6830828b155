/** Tells the API server of the webhook, and whom to trust when it calls. */
import { ApiError, type KubeClient } from "../../client/index.ts";
import {
  WEBHOOK_CONFIGURATION_NAME,
  WEBHOOK_CONFIGURATIONS,
  webhookConfiguration,
} from "./webhook-configuration.ts";

export interface Registration {
  /** Where the webhook is, if nobody has said so: it registers itself. Absent: `plexaubnet install` has. */
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
    // Not installed: then nobody asks, and the controllers say what admission would have said.
    if (error instanceof ApiError && error.code === 404) return;
    throw error;
  }
}
