/** Registers a webhook with the API server, and publishes its certificate authority. */
import { ApiError, type KubeClient } from "../client/index.ts";
import { type AnyObject, VALIDATING_WEBHOOK_CONFIGURATIONS } from "../kube/index.ts";

export interface Registration {
  /** Of the ValidatingWebhookConfiguration. */
  readonly name: string;
  /** What is applied, where the webhook registers itself. Absent: it was installed, and the authorities alone are written. */
  readonly configuration?: ((caBundle: string) => AnyObject) | undefined;
}

/** @param caBundle PEM of the authorities */
export async function announce(
  client: KubeClient,
  caBundle: string,
  { name, configuration }: Registration,
): Promise<void> {
  try {
    if (configuration !== undefined) {
      const options = { fieldManager: "plexaubnet", force: true };
      await client.patch(
        VALIDATING_WEBHOOK_CONFIGURATIONS,
        { name },
        "apply",
        configuration(caBundle),
        options,
      );
      return;
    }
    const value = Buffer.from(caBundle).toString("base64");
    const patch = [{ op: "add", path: "/webhooks/0/clientConfig/caBundle", value }];
    await client.patch(VALIDATING_WEBHOOK_CONFIGURATIONS, { name }, "json", patch);
  } catch (error) {
    // Not installed: then there are no reviews, and the controllers report what admission would have reported.
    if (error instanceof ApiError && error.code === 404) return;
    throw error;
  }
}
