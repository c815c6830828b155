/**
 * Keeps the certificate that is served and the authorities that the API server trusts in step with what there is: looks
 * again every minute, announces new authorities before anything is served under them, and goes on with what it has
 * while there is nothing better.
 */
import { X509Certificate } from "node:crypto";
import type { Kernel, Timer } from "../kernel/index.ts";
import type { Logger } from "../runtime/index.ts";
import type { WebhookCertificate } from "./given-certificate.ts";

export interface RotationOptions {
  readonly kernel: Kernel;
  readonly logger: Logger;
  /** Whose certificate it is, in messages. Default: the webhook's. */
  readonly of?: "webhook" | "endpoints";
  /** What is to be served now. */
  readonly obtain: () => Promise<WebhookCertificate>;
  /** Publishes the authorities that the API server should trust. */
  readonly announce: (certificate: WebhookCertificate) => Promise<void>;
  readonly serve: (certificate: WebhookCertificate) => void;
}

/** As long as a replica may be behind another one, or behind a mounted Secret. */
export const CHECK_INTERVAL_MS = 60_000;
/** The webhook configuration may have been re-installed without the authorities. */
export const ANNOUNCE_INTERVAL_MS = 3_600_000;

export class CertificateRotation {
  readonly #options: RotationOptions;
  #served: WebhookCertificate | undefined;
  #announcedAtMs = 0;
  #trouble: string | undefined;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(options: RotationOptions) {
    this.#options = options;
  }

  /** @param served what is served already */
  async start(served: WebhookCertificate): Promise<void> {
    this.#served = served;
    await this.#announce(served);
    this.#checkLater();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  get #subject(): string {
    return this.#options.of === "endpoints" ? "The endpoints have" : "The webhook has";
  }

  #checkLater(): void {
    if (this.#isStopped) return;
    const { clock } = this.#options.kernel;
    this.#timer = clock.setTimer(CHECK_INTERVAL_MS, () => void this.#check(), true);
  }

  async #check(): Promise<void> {
    const { kernel, logger, obtain, serve } = this.#options;
    try {
      const current = await obtain();
      if (this.#isStopped) return;
      const isNew = !isSame(current, this.#served);
      const isDue = kernel.clock.monotonicMs() - this.#announcedAtMs >= ANNOUNCE_INTERVAL_MS;
      if (isNew || isDue) await this.#announce(current);
      if (isNew) {
        serve(current);
        this.#served = current;
        logger.info({ validTo: validToOf(current) }, `${this.#subject} another certificate`);
      }
      this.#trouble = undefined;
    } catch (error) {
      if (!this.#isStopped) this.#report(error);
    }
    this.#checkLater();
  }

  async #announce(certificate: WebhookCertificate): Promise<void> {
    const { kernel, logger, announce } = this.#options;
    await announce(certificate);
    this.#announcedAtMs = kernel.clock.monotonicMs();
    if (Date.parse(validToOf(certificate)) > kernel.clock.now()) return;
    logger.warn(
      { validTo: validToOf(certificate) },
      `${this.#subject} a certificate that has expired: connections fail until there is a new one`,
    );
  }

  /** Once, however long it lasts. */
  #report(error: unknown): void {
    const { logger } = this.#options;
    const message = error instanceof Error ? error.message : String(error);
    if (message !== this.#trouble) {
      logger.warn({ error: message }, `${this.#subject} a certificate that could not be checked; it is kept`);
    }
    logger.debug({ err: error }, "Details of the failed check of the certificate");
    this.#trouble = message;
  }
}

function isSame(a: WebhookCertificate, b: WebhookCertificate | undefined): boolean {
  return a.certificate === b?.certificate && a.key === b.key && a.caBundle === b.caBundle;
}

/** In ISO 8601. */
function validToOf({ certificate }: WebhookCertificate): string {
  return new X509Certificate(certificate).validToDate.toISOString();
}
