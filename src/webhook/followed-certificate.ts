/** A listener whose certificate is renewed by others: it is followed as long as it is served. */
import { CertificateRotation, type RotationOptions } from "./certificate-rotation.ts";
import type { WebhookCertificate } from "./given-certificate.ts";

interface Listener {
  renew(certificate: WebhookCertificate): void;
  close(): Promise<void>;
}

/** Of a listener that publishes no authorities. Rejects as `obtain` and `listen` do. */
export async function serveFollowed<T extends Listener>(
  options: Omit<RotationOptions, "announce" | "serve">,
  listen: (certificate: WebhookCertificate) => Promise<T>,
): Promise<T> {
  const first = await options.obtain();
  const listener = await listen(first);
  const rotation = new CertificateRotation({
    ...options,
    announce: async () => {},
    serve: (certificate) => listener.renew(certificate),
  });
  await rotation.start(first);
  const close = () => {
    rotation.stop();
    return listener.close();
  };
  return { ...listener, close };
}
