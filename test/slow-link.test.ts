import assert from "node:assert/strict";
import { test } from "node:test";
import { benchPictures } from "../bench/support/bench-pictures.ts";
import { makeNetwork, noLine } from "../bench/support/link-network.ts";
import { watchOver } from "../bench/support/link-run.ts";
import { kinoraServer } from "../bench/support/link-servers.ts";
import { fakeCamera, noFakeCamera } from "./support/fakecam.ts";

// Not every machine lets a program make network namespaces, root or not; `npm run bench -- slow-link` says why not.
if (noLine === false) {
  const skip = noFakeCamera;

  test(
    "on a line that carries half of the stream, whole pictures arrive and few wait in the kernel",
    { skip, timeout: 60_000 },
    async (t) => {
      const { folder } = await benchPictures();
      const camera = await fakeCamera({ stamp: true, pictures: 1 });
      t.after(() => camera.close());
      const network = await makeNetwork({ name: "slow", rateMbit: 5, queueMs: 50 });
      t.after(() => network.close());

      const seen = await watchOver(
        network,
        kinoraServer("src/cli/main.ts"),
        { env: { ...camera.env, FAKECAM_DIR: folder }, pictures: folder },
        { measured: 3, warmUp: 2 },
      );

      assert.equal(seen.wrong, 0);
      // 5 Mbit/s are 14 of these pictures a second, on a machine with nothing else to do.
      assert.ok(seen.fps > 5, `${seen.fps} fps`);
      assert.ok(seen.unsentBytes < 65_536, `the kernel held ${seen.unsentBytes} bytes unsent`);
    },
  );
}
