// npm run check: format, lint, types, unused code, package, import directions, docs in sync.
import { check } from "./lib/check.mjs";
import { main } from "./lib/failure.mjs";
import { setUpPackages } from "./lib/set-up.mjs";

await main(async () => {
  await setUpPackages();
  const failed = await check({ withTests: true });
  return failed.length === 0 ? 0 : 1;
});
