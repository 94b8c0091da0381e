// npm run build: src/ and ui/ to dist/, from scratch.
import { main } from "./lib/failure.mjs";
import { rebuild } from "./lib/set-up.mjs";

await main(rebuild);
