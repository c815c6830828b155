import { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import { expect, test } from "vitest";
import { ManualClock, seededRandom, systemKernel } from "../../kernel/index.ts";
import { serverFixture } from "../testing/server-fixture.ts";
import { createIdentity } from "./auth/index.ts";
import { renewInTime, type ServingCertificate } from "./certificate-renewal.ts";

const DAY_MS = 86_400_000;

test("PX-09 a serving certificate is issued again, for the same names, when a third of its life is left", async () => {
  const clock = new ManualClock();
  const kernel = { clock, random: seededRandom(1) };
  const identity = await createIdentity(kernel, ["api.example.com", "192.0.2.7"]);
  const renewed = Promise.withResolvers<ServingCertificate>();
  const errors: unknown[] = [];
  const stop = renewInTime(identity, kernel, renewed.resolve, (error) => errors.push(error));
  for (let day = 0; day < 250; day++) {
    clock.advance(DAY_MS);
    await new Promise(setImmediate);
  }
  const { serverCertificate } = await renewed.promise;
  stop();
  const [before, after] = [identity.serverCertificate, serverCertificate].map(
    (pem) => new X509Certificate(pem),
  );
  expect(new Set(after?.subjectAltName?.split(", "))).toEqual(new Set(before?.subjectAltName?.split(", ")));
  expect(Date.parse(after?.validTo ?? "") - Date.parse(before?.validTo ?? "")).toBeGreaterThan(200 * DAY_MS);
  expect(after?.verify(new X509Certificate(identity.caCertificate).publicKey)).toBe(true);
  expect(errors).toEqual([]);
});

test("PX-09 the server shows it to every client that connects from then on", async () => {
  const clock = new ManualClock(systemKernel.clock.now());
  const fixture = await serverFixture({ kernel: { clock, random: systemKernel.random } });
  try {
    const first = await shownBy(fixture.server.port);
    expect(await shownBy(fixture.server.port)).toBe(first);
    clock.advance(300 * DAY_MS);
    const shownADayLater = () => {
      clock.advance(DAY_MS);
      return shownBy(fixture.server.port);
    };
    await expect.poll(shownADayLater).not.toBe(first);
  } finally {
    await fixture.stop();
  }
});

/** The fingerprint of the certificate. */
function shownBy(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on("error", reject);
  });
}
