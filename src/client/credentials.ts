/**
 * Who we are towards an API server, as of one moment, and whom to ask for it.
 */

/** What goes with one request. Equal credentials are one object for as long as they do not change. */
export interface Credentials {
  /** The value of the `authorization` header. */
  readonly authorization?: string;
  /** PEM. */
  readonly certificate?: string;
  readonly key?: string;
  /** Where they came from, for messages. */
  readonly source: string;
}

export interface CredentialSource {
  current(): Credentials | Promise<Credentials>;
  /** The server refused what `current` gave: forget what is remembered. */
  forget(): void;
}
