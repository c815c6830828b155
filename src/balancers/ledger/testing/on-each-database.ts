import { afterEach, beforeEach, describe } from "vitest";
import {
  createTestDatabase,
  sayWhatIsLeftOut,
  type TestDatabase,
  type TestServer,
  testServers,
} from "./test-databases.ts";

/**
 * The same tests on each kind of database that is there, and a report of those that are not. Each test has an
 * empty database of its own: the object that is handed over shows that of the present test.
 */
export function onEachDatabase(tests: (database: TestDatabase, server: TestServer) => void): void {
  sayWhatIsLeftOut();
  describe.each(testServers.filter(({ url }) => url !== undefined))("on $name", (server) => {
    let present: TestDatabase;
    beforeEach(async () => {
      present = await createTestDatabase(server);
    });
    afterEach(() => present.dispose());
    tests(
      {
        dialect: server.dialect,
        get target() {
          return present.target;
        },
        get raw() {
          return present.raw;
        },
        open: (options) => present.open(options),
        dispose: () => present.dispose(),
      },
      server,
    );
  });
}
