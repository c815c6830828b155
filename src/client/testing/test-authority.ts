/** A certificate authority for tests, made on the spot: nothing secret lies in the repository, and nothing expires. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

const KEY = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const NOT_BEFORE = new Date("2020-01-01T00:00:00Z");
const NOT_AFTER = new Date("2099-01-01T00:00:00Z");

export interface KeyPair {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
}

export interface TestAuthority {
  /** PEM. */
  readonly ca: string;
  /** For a server on 127.0.0.1 and localhost, or on the DNS name given. */
  issueServer(dnsName?: string): Promise<KeyPair>;
  /** For a user: the common name is the user name. */
  issueClient(commonName: string): Promise<KeyPair>;
}

export async function testAuthority(commonName = "test authority"): Promise<TestAuthority> {
  const keys = await webcrypto.subtle.generateKey(KEY, true, ["sign", "verify"]);
  const ca = await X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${commonName}`,
      keys,
      signingAlgorithm: KEY,
      serialNumber: "01",
      notBefore: NOT_BEFORE,
      notAfter: NOT_AFTER,
      extensions: [new BasicConstraintsExtension(true, 1, true)],
    },
    webcrypto,
  );
  let serial = 1;
  const issue = async (
    subject: string,
    names: SubjectAlternativeNameExtension | undefined,
  ): Promise<KeyPair> => {
    const own = await webcrypto.subtle.generateKey(KEY, true, ["sign", "verify"]);
    serial++;
    const certificate: X509Certificate = await X509CertificateGenerator.create(
      {
        subject,
        issuer: ca.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: KEY,
        serialNumber: serial.toString(16).padStart(2, "0"),
        notBefore: NOT_BEFORE,
        notAfter: NOT_AFTER,
        extensions: names === undefined ? [] : [names],
      },
      webcrypto,
    );
    const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", own.privateKey));
    return { certificate: certificate.toString("pem"), key: pem(der) };
  };
  return {
    ca: ca.toString("pem"),
    issueServer: (dnsName) =>
      issue(
        "CN=server",
        new SubjectAlternativeNameExtension(
          dnsName === undefined
            ? [
                { type: "ip", value: "127.0.0.1" },
                { type: "dns", value: "localhost" },
              ]
            : [{ type: "dns", value: dnsName }],
        ),
      ),
    issueClient: (name) => issue(`CN=${name}`, undefined),
  };
}

function pem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
}
